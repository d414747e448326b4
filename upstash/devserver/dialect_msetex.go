//go:build !wasm

package devserver

import (
	"strconv"
	"strings"
)

// luaMSetEx: ARGV is the condition or nothing, a value for each key, and the
// options that SET takes.
const luaMSetEx = internalScript + `
if ARGV[1] ~= '' then
  for _, k in ipairs(KEYS) do
    if (redis.call('EXISTS', k) == 1) == (ARGV[1] == 'NX') then return 0 end
  end
end
for i, k in ipairs(KEYS) do
  redis.call('SET', k, ARGV[1 + i], unpack(ARGV, #KEYS + 2))
end
return 1`

// planMSetEx serves MSETEX numkeys key value [key value ...] [NX | XX] [EX seconds
// | PX milliseconds | EXAT seconds | PXAT milliseconds | KEEPTTL].
func planMSetEx(_ *Server, args []string, f *features) (step, bool) {
	if f.setIfEq && !f.embedded {
		return step{}, false // Redis 8.4 has both
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 {
		return answered(replyError("ERR invalid numkeys value")), true
	}
	if n > (len(args)-2)/2 {
		return answered(replyError("ERR wrong number of key-value pairs")), true
	}
	argv := make([]string, 1, 1+n+2)
	names := make([]string, n)
	for i := range n {
		names[i] = args[2+2*i]
		argv = append(argv, args[3+2*i])
	}
	timed := false
	for rest := args[2+2*n:]; len(rest) > 0; rest = rest[1:] {
		switch o := strings.ToUpper(rest[0]); o {
		case "NX", "XX":
			if argv[0] != "" {
				return answered(replyError("ERR syntax error")), true
			}
			argv[0] = o
			continue
		case "EX", "PX", "EXAT", "PXAT":
			if !timed && len(rest) > 1 {
				argv = append(argv, o, rest[1])
				rest, timed = rest[1:], true
				continue
			}
		case "KEEPTTL":
			if !timed {
				argv, timed = append(argv, o), true
				continue
			}
		}
		return answered(replyError("ERR syntax error")), true
	}
	return luaStep(luaMSetEx, names, argv...), true
}
