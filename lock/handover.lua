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
