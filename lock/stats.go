package lock

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// An EventKind says what happened to a lock.
type EventKind uint8

const (
	// Acquired: a lease began. Event.Waited and Event.Tries tell what it took.
	Acquired EventKind = iota
	// Contended: a try was refused because somebody else holds the lock.
	Contended
	// Failed: a try got no usable answer, or a refusal of the server.
	Failed
	// Renewed: a lease was extended, by itself or by hand.
	Renewed
	// RenewFailed: an extension got no usable answer; it is tried again.
	RenewFailed
	// Released: a lease ended as it should. Event.Held tells how long it lasted.
	Released
	// ReleaseUnknown: a lease ended, and it is not known whether the lock is
	// free before its TTL ends.
	ReleaseUnknown
	// Lost: a lease ended before it was released, or the server no longer had
	// it when it was released.
	Lost
)

// String returns the name: "renew failed".
func (k EventKind) String() string {
	names := [...]string{"acquired", "contended", "failed", "renewed", "renew failed", "released", "release unknown", "lost"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// An Event is what Options.Observe is told.
type Event struct {
	Kind EventKind
	// Class is the class of the lock's name, never the name.
	Class string
	// Waited is the time from the call to the lease, and Tries the number of
	// requests, for Acquired.
	Waited time.Duration
	Tries  int
	// Held is how long the lease lasted, for its end.
	Held time.Duration
}

// Stats are the counters of one class of names since the Locker was made.
type Stats struct {
	Class string
	// Acquired counts leases that began, Held those in force now.
	Acquired, Held int64
	// Tries counts requests for a lock, and Contended those that were refused
	// (also the ones answered in the process) because the lock was held, Failed
	// those without a usable answer.
	Tries, Contended, Failed int64
	// Waited counts leases that took more than one try, WaitTime sums the time to
	// get a lease, MaxWait is the longest.
	Waited            int64
	WaitTime, MaxWait time.Duration
	// Renewals and RenewFailures count extensions.
	Renewals, RenewFailures int64
	// Released, ReleaseUnknown and Lost count how leases ended.
	Released, ReleaseUnknown, Lost int64
	// HoldTime sums the time that leases lasted, MaxHold is the longest.
	HoldTime, MaxHold time.Duration
}

// maxClasses bounds the memory of a Locker whose Class function is careless.
const maxClasses = 64

const otherClass = "other"

// A counter is one class of a Locker: how often each kind of event happened, and
// what the others do not follow from.
type counter struct {
	_     [0]func() // nobody compares it, so no code for that need be linked
	class string
	n     [Lost + 1]int64
	// waited counts leases that took more than one try.
	waited     int64
	wait, hold spans
}

// spans are the sum and the longest of some time spans.
type spans struct{ sum, longest time.Duration }

type stats struct {
	mu      sync.Mutex // guards classes
	classes []*counter // at most maxClasses and otherClass, mostly a few: no map
}

// note counts an event and tells the observer. d is Event.Waited or Event.Held.
func (b *books) note(kind EventKind, class string, d time.Duration, tries int) {
	b.stats.mu.Lock()
	c := b.stats.classLocked(class)
	c.n[kind]++
	t := &c.hold
	if kind == Acquired {
		t = &c.wait
		if tries > 1 {
			c.waited++
		}
	}
	t.sum += d
	t.longest = max(t.longest, d)
	b.stats.mu.Unlock()
	if b.observe == nil {
		return
	}
	e := Event{Kind: kind, Class: c.class, Tries: tries}
	if kind == Acquired {
		e.Waited = d
	} else {
		e.Held = d
	}
	b.observe(e)
}

func (s *stats) classLocked(name string) *counter {
	for _, c := range s.classes {
		if c.class == name {
			return c
		}
	}
	if len(s.classes) >= maxClasses && name != otherClass {
		return s.classLocked(otherClass)
	}
	c := &counter{class: name}
	s.classes = append(s.classes, c)
	return c
}

// stats returns what c has counted.
func (c *counter) stats() Stats {
	n := &c.n
	return Stats{
		Class:    c.class,
		Acquired: n[Acquired], Held: n[Acquired] - n[Released] - n[ReleaseUnknown] - n[Lost],
		Tries: n[Acquired] + n[Contended] + n[Failed], Contended: n[Contended], Failed: n[Failed],
		Waited: c.waited, WaitTime: c.wait.sum, MaxWait: c.wait.longest,
		Renewals: n[Renewed], RenewFailures: n[RenewFailed],
		Released: n[Released], ReleaseUnknown: n[ReleaseUnknown], Lost: n[Lost],
		HoldTime: c.hold.sum, MaxHold: c.hold.longest,
	}
}

// Stats returns the counters of every class of names used so far, in the order of
// the classes' names.
func (l *Locker) Stats() []Stats {
	s := &l.books.(*books).stats
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Stats, 0, len(s.classes))
	for _, c := range s.classes {
		out = append(out, c.stats())
	}
	slices.SortFunc(out, func(a, b Stats) int { return cmp.Compare(a.Class, b.Class) })
	return out
}

// classOf returns the first two parts of a name that has three: "lock:payout" of
// "lock:payout:42".
func classOf(name string) string {
	i := strings.IndexByte(name, ':')
	if i < 0 {
		return otherClass
	}
	j := strings.IndexByte(name[i+1:], ':')
	if j < 0 {
		return otherClass
	}
	return name[:i+1+j]
}
