local owner, ttl, n = ARGV[1], ARGV[2], tonumber(ARGV[3])
local taken = {}
for i = 1, n do
  if redis.call('SET', KEYS[i], owner, 'NX', 'PX', ttl) then
    taken[#taken + 1] = KEYS[i]
  elseif redis.call('GET', KEYS[i]) == owner then
    redis.call('PEXPIRE', KEYS[i], ttl)
    taken[#taken + 1] = KEYS[i]
  else
    local left = redis.call('PTTL', KEYS[i])
    for _, key in ipairs(taken) do
      redis.call('DEL', key)
    end
    if ARGV[6] ~= '' then
      local t = redis.call('TIME')
      redis.call('ZADD', KEYS[#KEYS], 'NX', t[1] .. string.format('%06d', tonumber(t[2])), owner)
      redis.call('PEXPIRE', KEYS[#KEYS], ARGV[6])
    end
    return {0, left}
  end
end
if ARGV[7] == '1' then
  redis.call('ZREM', KEYS[#KEYS], owner)
end
local reply = {1}
if ARGV[4] == '1' then
  for i = 1, n do
    local counter = KEYS[n + i]
    local fence = redis.call('INCR', counter)
    if fence == 1 then
      local t = redis.call('TIME')
      fence = tonumber(t[1]) * 1000000 + tonumber(t[2])
      redis.call('SET', counter, string.format('%.0f', fence), 'PX', ARGV[5])
    end
    reply[i + 1] = fence
  end
end
return reply
