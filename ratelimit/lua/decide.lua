local MARK, MARKS, HORIZON = 36, 8, 10000

local op, nonce, again, n, extra = ARGV[1], ARGV[3], ARGV[4] == '1', tonumber(ARGV[5]), tonumber(ARGV[6])
local now = tonumber(ARGV[2])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end

local values
if #KEYS == 1 then
  values = {redis.call('GET', KEYS[1])}
else
  values = redis.call('MGET', unpack(KEYS))
end

local function parse(value, letter)
  local colon = string.find(value, ':', 3, true)
  local stop = colon and string.find(value, ';', colon, true)
  local reserved = colon and tonumber(sub(value, 3, colon - 1))
  if not stop or not reserved or sub(value, 2, 2) ~= ':' then return nil end
  if sub(value, 1, 1) ~= letter then return 0, '', #value + 1 end
  return reserved, sub(value, colon + 1, stop - 1), stop + 1
end

local keys = {}
for i = 1, #KEYS do
  local at = i * 5 + 2
  local p = {limit = tonumber(ARGV[at + 1]), a = tonumber(ARGV[at + 2]), b = tonumber(ARGV[at + 3]), guard = tonumber(ARGV[at + 4])}
  local letter, value = ARGV[at], values[i] or ''
  local reserved, text, marks = 0, '', 1
  if values[i] then reserved, text, marks = parse(value, letter) end
  if not reserved then
    return redis.error_reply('ERR ratelimit: the key holds something that is not a rate limit')
  end
  local ahead = math.max(reserved - now, 0)
  local alg = A[letter]
  keys[i] = {letter = letter, p = p, alg = alg, text = text, ahead = ahead, s = alg.load(text, now + ahead, p),
    value = value, marks = marks, count = (#value - marks + 1) / MARK}
end

local function recall()
  local certain = true
  for _, k in ipairs(keys) do
    for i = 0, k.count - 1 do
      local at = k.marks + i * MARK
      if sub(k.value, at, at + 7) == nonce then
        return tonumber(sub(k.value, at + 21, at + MARK - 1)), true, tonumber(sub(k.value, at + 8, at + 20))
      end
    end
    if k.count >= MARKS and tonumber(sub(k.value, -MARK + 8, -MARK + 20)) > now - HORIZON - k.p.guard then
      certain = false
    end
  end
  return nil, certain
end

local function save(i, result)
  local k = keys[i]
  local mark, keep = '', k.count
  if result then
    mark, keep = format(wide and '%s%013d%015d' or '%s%013.0f%015.0f', nonce, now, result), math.min(keep, MARKS - 1)
    while keep > 0 do
      local at = k.marks + keep * MARK - 28
      if tonumber(sub(k.value, at, at + 12)) > now - HORIZON - k.p.guard then break end
      keep = keep - 1
    end
  end
  local reserved = '0'
  if k.ahead > 0 then reserved = format(wide and '%d' or '%.0f', now + k.ahead) end
  local life = math.max(1, k.alg.idle(k.s, k.p) + k.ahead)
  redis.call('SET', KEYS[i], k.letter .. ':' .. reserved .. ':' .. k.alg.text(k.s) .. ';' .. mark ..
    sub(k.value, k.marks, k.marks + keep * MARK - 1), 'PX', format(wide and '%d' or '%.0f', life))
end

local function numbers(k, wait)
  local room = 0
  if k.ahead == 0 then room = math.max(0, k.alg.room(k.s, k.p)) end
  return room, wait or 0, k.alg.idle(k.s, k.p) + k.ahead, k.s.t, k.s.left + k.ahead
end

local function answer(taken, which, waits)
  if #KEYS == 1 then return {taken, which, numbers(keys[1], waits and waits[1])} end
  local out = {taken, which}
  for i, k in ipairs(keys) do
    local at = i * 5 - 2
    out[at], out[at + 1], out[at + 2], out[at + 3], out[at + 4] = numbers(k, waits and waits[i])
  end
  return out
end

if again then
  local result, certain, took = recall()
  for _, k in ipairs(keys) do
    if result and k.alg.was then k.alg.was(k.s, k.p, op == 'r' and result or took, k.ahead) end
  end
  if result and op == 'r' then return answer(n, 0, {math.max(0, result - now)}) end
  if result then return answer(result, 0) end
  if not certain then return {-1, 0} end
end

if op == 'f' then
  local given = 0
  for i, k in ipairs(keys) do
    given = k.alg.give(k.s, k.p, n, extra)
    if given > 0 then save(i) end
  end
  return answer(given, 0)
end

local room, longest, which, waits = n, 0, 0, {}
local least = n
if op == 'm' then least = 1 end
for i, k in ipairs(keys) do
  local here = 0
  if k.ahead == 0 then here = k.alg.room(k.s, k.p) end
  room = math.min(room, here)
  waits[i] = 0
  if here < least then waits[i] = k.ahead + k.alg.wait(k.s, k.p, least) end
  if waits[i] > longest then longest, which = waits[i], i end
end

if op == 'r' and longest <= extra then
  local k = keys[1]
  k.s, k.ahead = k.alg.load(k.text, now + longest, k.p), longest
  k.alg.take(k.s, k.p, n)
  save(1, now + longest)
  return answer(n, 0, waits)
end
if op == 'p' or op == 'r' or room < least then
  return answer(0, which, waits)
end
for i, k in ipairs(keys) do
  k.alg.take(k.s, k.p, room)
  save(i, room)
end
return answer(room, 0)
