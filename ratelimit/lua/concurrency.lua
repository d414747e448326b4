local WIDTH = 36
local op, id, n, limit, ttl, guard = ARGV[1], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local now = tonumber(ARGV[2])
if op == 'r' then
  now = 0
elseif not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end

local value = redis.call('GET', KEYS[1]) or 'c:'
if string.sub(value, 1, 2) ~= 'c:' or (#value - 2) % WIDTH ~= 0 then
  return redis.error_reply('ERR ratelimit: the key holds something that is not a concurrency limit')
end

local live, used, mine = {}, 0, nil
for at = 3, #value, WIDTH do
  local h = {id = string.sub(value, at, at + 15), ends = tonumber(string.sub(value, at + 16, at + 28)),
    n = tonumber(string.sub(value, at + 29, at + 35))}
  if now < h.ends + guard then
    live[#live + 1] = h
    used = used + h.n
    if h.id == id then mine = #live end
  end
end

local function save()
  local out, last = {'c:'}, now
  for _, h in ipairs(live) do
    out[#out + 1] = string.format('%s%013.0f%07.0f', h.id, h.ends, h.n)
    last = math.max(last, h.ends + guard)
  end
  if #live == 0 then
    redis.call('DEL', KEYS[1])
  elseif op == 'r' then
    redis.call('SET', KEYS[1], table.concat(out), 'KEEPTTL')
  else
    redis.call('SET', KEYS[1], table.concat(out), 'PX', string.format('%.0f', math.max(1, last - now)))
  end
end

local function answer(ok)
  table.sort(live, function(x, y) return x.ends < y.ends end)
  local wait, idle, free = 0, 0, limit - used
  for _, h in ipairs(live) do
    if free < n then
      free = free + h.n
      wait = h.ends + guard - now
    end
    idle = h.ends + guard - now
  end
  if op ~= 'p' then free = math.max(0, limit - used) else free = limit - used end
  return {ok, free, ok == 1 and 0 or wait, idle}
end

if op == 'p' then return answer(0) end
if op == 'r' then
  if not mine then return {0} end
  table.remove(live, mine)
  save()
  return {1}
end
if mine then
  live[mine].ends = math.max(live[mine].ends, now + ttl)
elseif op == 'x' or used + n > limit then
  return answer(0)
else
  live[#live + 1] = {id = id, ends = now + ttl, n = n}
  used = used + n
end
save()
return answer(1)
