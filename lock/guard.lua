if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return {0}
end
return {1, redis.call(ARGV[2], KEYS[2], unpack(ARGV, 3))}
