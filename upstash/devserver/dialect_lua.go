//go:build !wasm

package devserver

import (
	"strconv"
	"strings"
)

// internalScript marks the server's own scripts, so that what they call is not
// counted as commands of the user.
const internalScript = "--devserver\n"

const luaScanWithType = internalScript + `
local r = redis.call('SCAN', unpack(ARGV))
local out = {}
for _, k in ipairs(r[2]) do
  out[#out + 1] = k
  out[#out + 1] = redis.call('TYPE', k).ok
end
return {r[1], out}`

// luaReadGroupNoAck removes the consumer again if the read created it.
const luaReadGroupNoAck = internalScript + `
local function has(key, group, consumer)
  local rows = redis.pcall('XINFO', 'CONSUMERS', key, group)
  if type(rows) ~= 'table' or rows.err then return true end
  for _, row in ipairs(rows) do
    if row[2] == consumer then return true end
  end
  return false
end
local group, consumer = ARGV[2], ARGV[3]
local fresh = {}
for _, key in ipairs(KEYS) do
  if not has(key, group, consumer) then fresh[#fresh + 1] = key end
end
local r = redis.call('XREADGROUP', unpack(ARGV))
for _, key in ipairs(fresh) do
  redis.call('XGROUP', 'DELCONSUMER', key, group, consumer)
end
return r`

// luaXTrim and luaXAdd hold the rule that fits Upstash's pinned figures: with ~
// nothing is removed until the excess reaches 100, then exactly.
const luaXTrim = internalScript + `
if redis.call('XLEN', KEYS[1]) - tonumber(ARGV[1]) < 100 then return 0 end
return redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[1])`

const luaXAdd = internalScript + `
local id = redis.call('XADD', KEYS[1], unpack(ARGV, 2))
if id and redis.call('XLEN', KEYS[1]) - tonumber(ARGV[1]) >= 100 then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[1])
end
return id`

// luaSetIf: ARGV is the condition, what to compare with, 1 when GET was given,
// the value, and the remaining options.
const luaSetIf = internalScript + `
local cur = redis.call('GET', KEYS[1])
local ok
if ARGV[1] == 'IFEQ' then ok = cur == ARGV[2] else ok = cur ~= ARGV[2] end
if ok then redis.call('SET', KEYS[1], ARGV[4], unpack(ARGV, 5)) end
if ARGV[3] == '1' then return cur end
if ok then return redis.status_reply('OK') end
return false`

const luaDelIf = internalScript + `
local cur = redis.call('GET', KEYS[1])
if cur == false then return 0 end
if (ARGV[1] == 'IFEQ') == (cur == ARGV[2]) then return redis.call('DEL', KEYS[1]) end
return 0`

// luaStep is a step that runs one of the scripts above. A command error inside
// it keeps its own text: where in our script it happened is no news.
func luaStep(source string, keys []string, argv ...string) step {
	args := append([]string{"EVAL", source, strconv.Itoa(len(keys))}, keys...)
	return step{args: append(args, argv...), post: func(v reply) reply {
		e, ok := v.(replyError)
		if !ok {
			return v
		}
		text, _, _ := strings.Cut(string(e), " script: ")
		return replyError(text)
	}}
}
