package pipeline

import (
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash"
)

// merge finds commands that read what an earlier one of the batch reads, with no
// command that writes in between. They are not sent and take its reply.
func (b *batch) merge() {
	first := map[string]int32{}
	var key []byte
	for i := range b.cmds {
		it := &b.items[i]
		switch {
		case it.unsent:
		case !b.cmds[i].ReadOnly():
			clear(first)
		case repeatsItself(b.cmds[i]):
			key = appendKey(key[:0], b.cmds[i].Args())
			if of, found := first[string(key)]; found {
				it.of = of
				b.items[of-1].reads++
			} else {
				first[string(key)] = int32(i) + 1 //nolint:gosec // a batch is never that long
			}
		}
	}
}

// appendKey writes args so that different ones never look the same.
func appendKey(key []byte, args []string) []byte {
	for _, a := range args {
		key = strconv.AppendInt(key, int64(len(a)), 10)
		key = append(key, ':')
		key = append(key, a...)
	}
	return key
}

// repeatsItself reports whether a read-only command answers the same when it
// runs twice on the same data. Scripts and functions may look at the time.
func repeatsItself(cmd upstash.Command) bool {
	switch cmd.Name() {
	case "RANDOMKEY", "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER", "VRANDMEMBER", "TIME", "INFO", "LOLWUT",
		"ACL", // makes passwords and tokens, which two callers must not share
		"EVAL_RO", "EVALSHA_RO", "FCALL_RO":
		return false
	}
	return true
}
