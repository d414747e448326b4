-- Releases a lock, but only for its owner. KEYS: lock. ARGV: owner. Reply: 1 when
-- the lock was released, 0 when it is missing or somebody else's.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
