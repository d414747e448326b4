package upstash_test

import (
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// kept keeps commands from living on the stack, as they do not in real use.
var kept upstash.Command

// TestConstructorAllocations bounds what it costs to make a command: one
// allocation for the slice of arguments, one for each value that is not a string
// yet, one for a number above 99.
func TestConstructorAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	key, value := string([]byte("key")), string([]byte("value"))
	fields := []string{"a", "b", "c"}
	for _, tt := range []struct {
		name string
		most float64
		make func() upstash.Command
	}{
		{"Get", 1, func() upstash.Command { return upstash.Get(key).Command }},
		{"Set", 2, func() upstash.Command { return upstash.Set(key, value).Command }},
		{"SetWith", 2, func() upstash.Command {
			return upstash.SetWith(key, value, upstash.SetOptions{NX: true, TTL: time.Minute}).Command
		}},
		{"HMGet", 1, func() upstash.Command { return upstash.HMGet(key, fields...).Command }},
		{"Incr", 1, func() upstash.Command { return upstash.Incr(key).Command }},
		{"LRange", 1, func() upstash.Command { return upstash.LRange(key, 0, 10).Command }},
		{"Expire", 1, func() upstash.Command { return upstash.Expire(key, time.Minute).Command }},
	} {
		if got := testing.AllocsPerRun(200, func() { kept = tt.make() }); got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.most)
		}
	}
	args := upstash.SetWith(key, value, upstash.SetOptions{NX: true}).Args()
	if got := testing.AllocsPerRun(200, func() { upstash.ClassOf(args) }); got != 0 {
		t.Errorf("ClassOf: %v allocations", got)
	}
}
