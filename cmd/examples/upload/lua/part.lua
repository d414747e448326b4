-- Checks that a part may come, or records that it has come, and starts the TTL
-- anew. Running it twice leaves the same record.
-- KEYS[1] session; ARGV: user, number of the part, TTL in ms, record or ''
local s = redis.call('HMGET', KEYS[1], 'user', 'state', 'parts')
if not s[1] or s[1] ~= ARGV[1] then return {'none'} end
if s[2] ~= 'open' then return {s[2]} end
local n = tonumber(ARGV[2])
if n < 1 or n > tonumber(s[3]) then return {'range'} end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'part:' .. ARGV[2], ARGV[4]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'open'}
