package lock

import "time"

// A bookkeeping is what a [Locker] knows about its leases in this process. The one
// of [With] has none, since nobody can ask it, and its program has no code for that:
// the linker keeps the methods of what is made into an interface.
type bookkeeping interface {
	// note counts an event. d is Event.Waited or Event.Held.
	note(kind EventKind, class string, d time.Duration, tries int)
	// class is the class of a name.
	class(name string) string
	// hold and leave are those of lines.
	hold(name string, s *lease)
	leave(name string)
}

// books are the bookkeeping.
type books struct {
	classOf func(name string) string
	observe func(Event) // nil without one
	lines
	stats stats
}

func (b *books) class(name string) string { return b.classOf(name) }

// note counts an event if anybody can ask.
//
//go:noinline
func (l *Locker) note(kind EventKind, class string, d time.Duration, tries int) {
	if l.books != nil {
		l.books.note(kind, class, d, tries)
	}
}

// lines are where the goroutines of l line up.
func (l *Locker) lines() *lines { return &l.books.(*books).lines }
