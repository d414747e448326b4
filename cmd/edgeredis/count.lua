-- Adds to a counter and gives it a lifetime, in one step that nobody can see the
-- middle of. KEYS: counter. ARGV: amount, lifetime in ms. Reply: {new value, the
-- lifetime left in ms}.
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {value, redis.call('PTTL', KEYS[1])}
