-- Stores ARGV[3] at KEYS[1] for ARGV[2] milliseconds if the key holds ARGV[1].
-- The value comes last, because only the last argument can carry any bytes.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2])
  return 1
end
return 0
