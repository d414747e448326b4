-- Gives a session up. What is left says so for a while, to a repetition of this
-- and to parts that come late.
-- KEYS[1] session; ARGV: user, TTL of what is left in ms
local s = redis.call('HMGET', KEYS[1], 'user', 'state')
if not s[1] or s[1] ~= ARGV[1] then return {'none'} end
if s[2] ~= 'open' then return {s[2]} end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'state', 'abandoned')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'abandoned'}
