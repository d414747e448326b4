-- Takes several locks, all or none, for one owner.
-- KEYS: the locks; then their fence counters if ARGV[4] is 1; then the waiting
-- line if ARGV[6] is not empty.
-- ARGV: owner, TTL in ms, number of locks, whether to fence, lifetime of a new
-- fence counter in ms, lifetime of the waiting line in ms or empty, whether the
-- owner may be in the line.
-- Reply: 1 and the fencing tokens, or 0 and the remaining ms of the lock that is
-- in the way.
-- A lock that holds the owner's value was taken by a run whose answer was lost,
-- or handed over by the last holder: it is ours, from now on for the whole TTL.
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
      -- A counter that is new or was lost starts at the server's time, which is
      -- beyond every number that an earlier counter can have reached.
      local t = redis.call('TIME')
      fence = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
      redis.call('SET', counter, string.format('%.0f', fence), 'PX', ARGV[5])
    end
    reply[i + 1] = fence
  end
end
return reply
