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
func Lean(l *Locker) bool { return oneDatabase(l.site).lean.Load() }

// Reached reports whether a lease that ends then is over.
func Reached(now, end time.Time) bool { return remaining(now, end) <= 0 }

// FenceLifeText is what the scripts are told.
const FenceLifeText = fenceLifeText

// The coder of handles.
var (
	AppendBase64 = appendBase64
	FromBase64   = fromBase64
)
