-- Records the result of a sealed session. The first result stays.
-- KEYS[1] session; ARGV: user, TTL in ms, result
local s = redis.call('HMGET', KEYS[1], 'user', 'state', 'result')
if not s[1] or s[1] ~= ARGV[1] then return {'none'} end
if s[2] == 'done' then return {'done', s[3]} end
if s[2] ~= 'sealed' then return {s[2]} end
redis.call('HSET', KEYS[1], 'state', 'done', 'result', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'done', ARGV[3]}
