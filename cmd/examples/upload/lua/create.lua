-- Opens a session. Running it twice leaves the same session.
-- KEYS[1] session; ARGV: user, file name, number of parts, TTL in ms
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'name', ARGV[2], 'parts', ARGV[3], 'state', 'open')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'open'}
