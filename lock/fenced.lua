-- Runs a command unless a higher fencing token has been seen at its key.
-- KEYS: what has been seen, the command's key. ARGV: fencing token, lifetime of
-- what has been seen in ms, the command's name, what follows its key.
-- Reply: 1 and the command's reply, or 0.
local seen = redis.call('GET', KEYS[1])
if seen and tonumber(seen) > tonumber(ARGV[1]) then
  return {0}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, redis.call(ARGV[3], KEYS[2], unpack(ARGV, 4))}
