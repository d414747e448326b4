package lock

import "time"

// The sources of the scripts, for the model of a server.
var (
	AcquireSource    = acquireSource
	ExtendSource     = extendSource
	ReleaseSource    = releaseSource
	HandoverSource   = handoverSource
	GuardSource      = guardSource
	FencedSource     = fencedSource
	SemAcquireSource = semAcquireSource
	SemExtendSource  = semExtendSource
)

// Clock and Timer are time as one process sees it.
type (
	Clock = clock
	Timer = timer
)

// WithClock sets the clock of a Locker.
func (o Options) WithClock(c Clock) Options {
	o.clock = c
	return o
}

// OwnerOf returns the owner's value of a lease.
func OwnerOf(le *Lease) string { return le.s.h.owner }

// Lean tells whether the Locker believes in SET IFEQ and DELEX.
func Lean(l *Locker) bool { return l.site.(*store).lean.Load() }

// Reached is reached.
func Reached(now, end time.Time) bool { return reached(now, end) }
