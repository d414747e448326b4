-- Runs a command if the owner still has the lock.
-- KEYS: the lock, the command's key. ARGV: owner, the command's name, what follows
-- its key. Reply: 1 and the command's reply, or 0.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return {0}
end
return {1, redis.call(ARGV[2], KEYS[2], unpack(ARGV, 3))}
