-- Closes a session that has all its parts: from now on none is taken any more.
-- A session that is sealed or done stays as it is.
-- KEYS[1] session; ARGV: user, TTL in ms
local s = redis.call('HMGET', KEYS[1], 'user', 'state', 'parts', 'result')
if not s[1] or s[1] ~= ARGV[1] then return {'none'} end
if s[2] == 'done' then return {'done', s[4]} end
if s[2] == 'open' then
  if redis.call('HLEN', KEYS[1]) - 4 < tonumber(s[3]) then return {'incomplete'} end
  redis.call('HSET', KEYS[1], 'state', 'sealed')
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  s[2] = 'sealed'
end
return {s[2]}
