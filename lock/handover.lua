-- Releases a lock for its owner and hands it to the first in the waiting line,
-- who is woken by a message and has ARGV[2] ms to confirm.
-- KEYS: the lock, the waiting line. ARGV: owner, time to confirm in ms, prefix of
-- the waiters' channels. Reply: 1, or 0 when the lock is not the owner's; then the
-- owner only leaves the line.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 0
end
local next = redis.call('ZPOPMIN', KEYS[2])
if #next == 0 then
  redis.call('DEL', KEYS[1])
  return 1
end
redis.call('SET', KEYS[1], next[1], 'PX', ARGV[2])
redis.call('PUBLISH', ARGV[3] .. next[1], '1')
return 1
