-- Gives locks a new TTL, all or none, if the owner still has them. With a second
-- owner the locks pass to that one.
-- KEYS: the locks. ARGV: owner, next owner (or the same), TTL in ms.
-- Reply: 1, or 0 when one of the locks is missing or somebody else's.
for _, key in ipairs(KEYS) do
  local value = redis.call('GET', key)
  if value ~= ARGV[1] and value ~= ARGV[2] then
    return 0
  end
end
for _, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
end
return 1
