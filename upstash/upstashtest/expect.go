package upstashtest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Expecting returns a [Fake] that answers only what [Fake.Expect] has announced,
// in that order. Any other command, and announced ones that do not come, fail t.
// Scripts given to [Fake.OnScript] need no announcement.
func Expecting(t testing.TB) *Fake {
	t.Helper()
	f := NewFake(func(_ context.Context, args []string) (any, error) {
		t.Helper()
		t.Errorf("upstashtest: the command was not expected: %s", strings.Join(args, " "))
		return nil, Refuse("ERR upstashtest: the command was not expected")
	})
	t.Cleanup(func() {
		t.Helper()
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, e := range f.expected {
			t.Errorf("upstashtest: the expected command did not come: %s", strings.Join(e.args, " "))
		}
	})
	return f
}

// An Expectation is one announced command and the answer to it.
type Expectation struct {
	args  []string
	value any
	err   error
}

// Any stands for any one argument in [Fake.Expect].
const Any = anyValue

// Expect announces a command by its name and arguments, which are converted as
// by [upstash.NewCommand]; [Any] stands for any one argument. The reply is nil
// unless Return or Fail says otherwise. On a Fake made by [NewFake] the
// announced commands are answered first, when they match in order, and all
// others by its function.
func (f *Fake) Expect(name string, args ...any) *Expectation {
	e := &Expectation{args: upstash.NewCommand(name, args...).Args()}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expected = append(f.expected, e)
	return e
}

// Return sets the reply, see [upstash.ReplyOf].
func (e *Expectation) Return(v any) { e.value = v }

// Fail makes the command fail: with a refusal (see [Refuse]) by itself, with any
// other error together with its whole request.
func (e *Expectation) Fail(err error) { e.err = err }

// expectation takes the next announced command when it is this one.
func (f *Fake) expectation(args []string) *Expectation {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.expected) == 0 || !sameArgs(f.expected[0].args, args) {
		return nil
	}
	e := f.expected[0]
	f.expected = f.expected[1:]
	return e
}

func sameArgs(want, got []string) bool {
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == anyValue || w == g })
}
