package lock

import (
	"sync"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A script makes its [upstash.Script] when it is first run, so that a program has
// only the sources that it uses, and none of that to do when it starts.
type script[T any] struct {
	src    *string
	opts   upstash.ScriptOptions
	decode func(upstash.Reply) (T, error)

	once sync.Once
	made *upstash.Script[T]
}

func (s *script[T]) get() *upstash.Script[T] {
	s.once.Do(func() { s.made = upstash.NewScriptWith(*s.src, s.opts, s.decode) })
	return s.made
}
