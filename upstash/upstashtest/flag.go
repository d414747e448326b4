package upstashtest

import (
	"flag"
	"runtime/debug"
)

const flagUsage = "record the exchanges of testdata anew from the database that REDIS_REST_URL and REDIS_REST_TOKEN name"

var record bool

func init() {
	flag.BoolVar(&record, "upstash.record", false, flagUsage)
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Path == modulePath && flag.Lookup("record") == nil {
		RegisterFlag("record")
	}
}

// RegisterFlag adds another name for -upstash.record to the test binary. This
// module's own tests have -record; elsewhere that name is left to you, because a
// flag that is registered twice panics. Call it from an init function.
func RegisterFlag(name string) {
	flag.BoolVar(&record, name, false, flagUsage+" (the same as -upstash.record)")
}

// recording reports whether one of the flags was given.
func recording() bool { return record }
