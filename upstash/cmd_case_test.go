package upstash_test

import (
	"strings"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A cmdCase is one use of a constructor. The same rows serve the tests of
// arguments, decoding, classes, and of a real Redis.
type cmdCase struct {
	fn   string // the constructor: "HGetAll"
	cmd  upstash.Command
	args []string // what it must send
	// reply is a reply as protocol.md section 8 or the command's page has it.
	reply  any
	want   any   // what reply decodes to
	err    error // or the error
	decode func(upstash.Reply) (any, error)

	setup []string // commands to run before it on an empty server
	where needs
	loose bool // a live answer differs from want: random, or depends on time
}

// needs says what a command needs beyond Redis 7.0, which is what the tests run
// on; such commands are tested against recorded replies only.
type needs string

const (
	redis70     needs = ""
	newerRedis  needs = "a newer Redis"
	redisModule needs = "the JSON module"
	upstashOnly needs = "Upstash"
	noBackend   needs = "a server with a script that runs, or a file of users"
	ownTest     needs = "a payload of DUMP: TestDumpRestore"
)

// row is a case whose reply decodes to want.
func row[T any](fn string, c upstash.Cmd[T], args string, reply any, want T) cmdCase {
	return cmdCase{
		fn: fn, cmd: c.Command, args: words(args), reply: reply, want: want,
		decode: func(r upstash.Reply) (any, error) { return c.Decode(r) },
	}
}

// rowErr is a case whose reply decodes to an error.
func rowErr[T any](fn string, c upstash.Cmd[T], args string, reply any, err error) cmdCase {
	var zero T
	x := row(fn, c, args, reply, zero)
	x.err = err
	return x
}

// on returns the case with commands to run before it.
func (c cmdCase) on(setup ...string) cmdCase {
	c.setup = setup
	return c
}

// only returns the case for recorded replies only.
func (c cmdCase) only(n needs) cmdCase {
	c.where = n
	return c
}

// any returns the case with a live answer that need only decode.
func (c cmdCase) any() cmdCase {
	c.loose = true
	return c
}

// name is the name of the command as the lists of protocol.md have it.
func (c cmdCase) name() string {
	for n := min(2, len(c.args)); n > 0; n-- {
		if name := strings.Join(c.args[:n], " "); commandListed(name) {
			return name
		}
	}
	return c.args[0]
}

// words splits a command at spaces, or at " | " where a word has spaces; "”" stands
// for the empty word.
func words(s string) []string {
	list := strings.Fields(s)
	if strings.Contains(s, " | ") {
		list = strings.Split(s, " | ")
	}
	for i, w := range list {
		if w == "''" {
			list[i] = ""
		}
	}
	return list
}

// opt makes a list of optional values; nil stands for a missing one.
func opt[T any](values ...any) []*T {
	out := make([]*T, len(values))
	for i, v := range values {
		if v != nil {
			x := v.(T)
			out[i] = &x
		}
	}
	return out
}

// list is a nested reply.
func list(values ...any) []any { return values }

// allCases are the cases of all groups.
func allCases() []cmdCase {
	var all []cmdCase
	for _, group := range [][]cmdCase{
		stringCases(), bitmapCases(), keyCases(), ttlCases(), hashCases(), hashTTLCases(), listCases(), setCases(),
		zsetCases(), zrangeCases(), zalgebraCases(), geoCases(), hllCases(), streamCases(), groupCases(),
		scriptCases(), jsonCases(), searchCases(), pubsubCases(), serverCases(), aclCases(), scanCases(),
	} {
		all = append(all, group...)
	}
	return all
}
