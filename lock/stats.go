package lock

import (
	"cmp"
	"errors"
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

type stats struct {
	locker *Locker

	mu      sync.Mutex // guards classes
	classes map[string]*Stats
}

// note counts an event and hands it to the observer.
func (s *stats) note(e Event) {
	s.mu.Lock()
	c := s.classLocked(e.Class)
	e.Class = c.Class
	c.add(&e)
	s.mu.Unlock()
	if observe := s.locker.o.Observe; observe != nil {
		observe(e)
	}
}

func (s *stats) classLocked(name string) *Stats {
	c := s.classes[name]
	if c == nil {
		if s.classes == nil {
			s.classes = map[string]*Stats{}
		}
		if len(s.classes) >= maxClasses && name != otherClass {
			return s.classLocked(otherClass)
		}
		c = &Stats{Class: name}
		s.classes[name] = c
	}
	return c
}

func (c *Stats) add(e *Event) {
	switch e.Kind {
	case Acquired:
		c.Acquired++
		c.Held++
		c.Tries++
		c.WaitTime += e.Waited
		c.MaxWait = max(c.MaxWait, e.Waited)
		if e.Tries > 1 {
			c.Waited++
		}
	case Contended:
		c.Tries++
		c.Contended++
	case Failed:
		c.Tries++
		c.Failed++
	case Renewed:
		c.Renewals++
	case RenewFailed:
		c.RenewFailures++
	case Released:
		c.Released++
	case ReleaseUnknown:
		c.ReleaseUnknown++
	case Lost:
		c.Lost++
	}
	if e.Kind >= Released {
		c.Held--
		c.HoldTime += e.Held
		c.MaxHold = max(c.MaxHold, e.Held)
	}
}

// Stats returns the counters of every class of names used so far, in the order of
// the classes' names.
func (l *Locker) Stats() []Stats {
	l.stats.mu.Lock()
	defer l.stats.mu.Unlock()
	out := make([]Stats, 0, len(l.stats.classes))
	for _, c := range l.stats.classes {
		out = append(out, *c)
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

// noteRelease counts the end of a lease that was released.
func (s *lease) noteRelease(err error) {
	kind := Released
	switch {
	case err == nil:
	case errors.Is(err, ErrLost):
		kind = Lost
	default:
		kind = ReleaseUnknown
	}
	s.l.stats.note(Event{Kind: kind, Class: s.class, Held: s.held()})
}
