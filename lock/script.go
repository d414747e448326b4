package lock

import (
	"context"
	"sync"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A script makes its [upstash.TextScript] when it is first run, so that a program has
// only the sources that it uses, and none of that to do when it starts.
type script struct {
	src   *string
	class upstash.Class

	once sync.Once
	made *upstash.TextScript
}

func (s *script) get() *upstash.TextScript {
	s.once.Do(func() {
		s.made = upstash.NewTextScript(*s.src, upstash.ScriptOptions{Class: s.class})
	})
	return s.made
}

// run runs the script, in which that many commands are billed; its arguments are
// texts.
func (s *script) run(ctx context.Context, d upstash.Doer, billed int, ks []string, args ...string) (upstash.Reply, error) {
	return d.Do(ctx, s.get().Command(ks, args...).WithBilled(billed))
}

// number runs the script for a number.
func (s *script) number(ctx context.Context, d upstash.Doer, billed int, ks []string, args ...string) (int64, error) {
	r, err := s.run(ctx, d, billed, ks, args...)
	return number(&r, err)
}

// number decodes a number; OK is 1 and nil is 0.
func number(r *upstash.Reply, err error) (int64, error) {
	if err != nil || r.IsNil() {
		return 0, err
	}
	if r.Kind() != upstash.KindInt {
		if text, err := r.Text(); err == nil && text == "OK" {
			return 1, nil
		}
	}
	n, err := r.Int64()
	if err != nil {
		err = oddReply(r, "a number or OK")
	}
	return n, err
}

// oddReply is the error for a reply that a command or a script does not give.
func oddReply(r *upstash.Reply, want string) error {
	return &upstash.DecodeError{Command: "lock", Want: want, Got: r.String()}
}
