-- Replaces the value of KEYS[1] by ARGV[2] if it is ARGV[1]. ARGV[3] is the TTL
-- in milliseconds; when it is empty the TTL stays as it is.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
