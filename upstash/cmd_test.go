package upstash_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// errServer stands for any server error in a case.
var errServer = errors.New("any server error")

// TestConstructors checks of each case what it sends, its class, and how its
// recorded reply decodes.
func TestConstructors(t *testing.T) {
	t.Parallel()
	for _, c := range allCases() {
		t.Run(c.fn, func(t *testing.T) {
			t.Parallel()
			if err := c.cmd.Err(); err != nil {
				t.Fatal(err)
			}
			if got := c.cmd.Args(); !slices.Equal(got, c.args) {
				t.Fatalf("args\n got %q\nwant %q", got, c.args)
			}
			if got, want := c.cmd.Class(), upstash.ClassOf(c.args); got != want {
				t.Errorf("%q: class %v, ClassOf says %v", c.args, got, want)
			}
			c.check(t, upstash.ReplyOf(c.reply))
		})
	}
}

// check decodes a reply and compares it with what the case wants.
func (c cmdCase) check(t *testing.T, r upstash.Reply) {
	t.Helper()
	got, err := c.decode(r)
	if !c.errMatches(err) {
		t.Fatalf("%q: decoding %#v: error %v, want %v", c.args, got, err, c.err)
	}
	if c.err == nil && !reflect.DeepEqual(got, c.want) {
		t.Errorf("%q\n got %#v\nwant %#v", c.args, got, c.want)
	}
}

func (c cmdCase) errMatches(err error) bool {
	if errors.Is(c.err, errServer) {
		_, ok := errors.AsType[*upstash.ServerError](err)
		return ok
	}
	return errors.Is(err, c.err)
}

// TestEveryCommandIsServed walks the list of all commands.
func TestEveryCommandIsServed(t *testing.T) {
	t.Parallel()
	cases := map[string]int{}
	live := map[string]int{}
	for _, c := range allCases() {
		cases[c.name()]++
		if c.where == redis70 || c.where == ownTest {
			live[c.name()]++
		}
	}
	if n := len(listedCommands); n < 240 {
		t.Errorf("the list has %d commands", n)
	}
	recordedOnly := 0
	for _, name := range listedCommands {
		if cases[name] == 0 {
			t.Errorf("%s has no constructor and no test", name)
		}
		if !upstash.ClassKnown(strings.Fields(name)...) {
			t.Errorf("%s has no class", name)
		}
		if cases[name] > 0 && live[name] == 0 {
			recordedOnly++
		}
		delete(cases, name)
	}
	for name := range cases {
		t.Errorf("%s has cases but is not in the list", name)
	}
	t.Logf("%d commands, %d of them tested on recorded replies only", len(listedCommands), recordedOnly)
}

// TestEveryConstructorHasACase compares the cases with the generated methods,
// which are all constructors but those with type parameters.
func TestEveryConstructorHasACase(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, c := range allCases() {
		have[c.fn] = true
	}
	constructors := []string{"JSONGet", "JSONMGet"}
	for m := range reflect.TypeFor[upstash.Commands]().Methods() {
		constructors = append(constructors, m.Name)
	}
	for _, name := range constructors {
		if !have[name] {
			t.Errorf("%s has no case", name)
		}
		delete(have, name)
	}
	for name := range have {
		t.Errorf("case for %s, which is no constructor", name)
	}
	t.Logf("%d constructors", len(constructors))
}
