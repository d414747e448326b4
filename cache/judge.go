package cache

import (
	"math"
	"math/rand/v2"
	"time"
)

// A use says what a record is good for.
type use uint8

const (
	useNone  use = iota // not for serving
	useSpare            // only when the load fails, or while another caller loads
	useStale            // while somebody reloads
	useFresh
	useNegative
	useBackoff
)

// A verdict is the judgement of a record at one moment.
type verdict struct {
	use    use
	leased bool // another caller is loading
	quiet  bool // no load now: one failed a moment ago
	early  bool // fresh, but drawn to be reloaded
}

// judge decides what r is good for. tags is the digest of the tags' epochs as
// they are now: an entry that was written under other epochs has been
// invalidated, and is good for nothing, not even when the loader fails.
func (s *store) judge(r *record, tags uint64, now time.Time) verdict {
	switch r.kind {
	case recLease:
		// Who loads since before an invalidation will store nothing that counts.
		return verdict{leased: r.header.tags == tags}
	case recBackoff:
		return verdict{use: useBackoff}
	case recNegative:
		if r.header.tags == tags {
			return verdict{use: useNegative}
		}
	case recPlain:
		if tags == 0 && s.o.Version == 0 {
			return verdict{use: useFresh}
		}
	case recEnvelope:
		return s.judgeEnvelope(&r.header, tags, now.UnixMilli())
	}
	return verdict{}
}

func (s *store) judgeEnvelope(h *header, tags uint64, now int64) verdict {
	if h.tags != tags || h.version != s.o.Version {
		return verdict{}
	}
	v := verdict{leased: h.leased}
	left := h.created + h.ttl - now
	// A time further ahead than ErrorTTL was written by another clock.
	v.quiet = h.notBefore > now && h.notBefore-now <= s.o.ErrorTTL.Milliseconds()
	switch {
	case left > 0:
		v.use = useFresh
		v.early = s.o.Early > 0 && float64(left) <= earlyMillis(h.load, s.o.Early)
	case -left < min(h.stale, s.o.Stale.Milliseconds()):
		v.use = useStale
	case -left < min(h.grace, s.o.StaleIfError.Milliseconds()):
		v.use = useSpare
	}
	return v
}

// earlyMillis draws how long before its end an entry is reloaded: load·beta·-ln(u)
// with u even in (0,1]. Source: see Options.Early.
func earlyMillis(load int64, beta float64) float64 {
	return float64(load) * beta * -math.Log(1-rand.Float64()) //nolint:gosec // chance needs no secrecy
}

// lifetime is how long a record written now stays in Redis.
func (h *header) lifetime(now int64) time.Duration {
	end := h.created + h.ttl + max(h.stale, h.grace)
	return time.Duration(max(end-now, 1)) * time.Millisecond
}
