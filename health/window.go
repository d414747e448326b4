package health

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// slots is the number of pieces of the sliding window: it moves on by a twelfth
// of its length.
const slots = 12

// The histograms hold 1 µs to 2 min with two significant digits: an error of at
// most 1 %, and 22 kB for each slot.
const (
	shortest  = 1
	longest   = int64(2 * time.Minute / time.Microsecond)
	precision = 2
)

// A slot is what happened in one piece of the window.
type slot struct {
	number   int64 // of the piece, counted from the epoch of the window; -1 when empty
	latency  *hdrhistogram.Histogram
	attempts int64
	commands int64
	kinds    [kinds]int64
}

// A window is a ring of slots. The caller locks.
type window struct {
	start  time.Time // when counting began
	length time.Duration
	ring   [slots]slot
}

func newWindow(start time.Time, length time.Duration) *window {
	w := &window{start: start, length: length}
	for i := range w.ring {
		w.ring[i] = slot{number: -1, latency: hdrhistogram.New(shortest, longest, precision)}
	}
	return w
}

// at returns the slot of a moment, emptied when the ring has come round.
func (w *window) at(now time.Time) *slot {
	n := max(0, int64(now.Sub(w.start)/(w.length/slots)))
	s := &w.ring[n%slots]
	if s.number != n {
		s.latency.Reset()
		*s = slot{number: n, latency: s.latency}
	}
	return s
}

// A windowSum is what happened in the window that ends now.
type windowSum struct {
	attempts, commands, failures int64
	kinds                        [kinds]int64
	covered                      time.Duration // how much of the window has been lived through
	latency                      *hdrhistogram.Histogram
}

// sum adds the slots of the window up.
func (w *window) sum(now time.Time) windowSum {
	piece := w.length / slots
	last := max(0, int64(now.Sub(w.start)/piece))
	first := max(0, last-slots+1)
	out := windowSum{latency: hdrhistogram.New(shortest, longest, precision)}
	out.covered = now.Sub(w.start.Add(time.Duration(first) * piece))
	for i := range w.ring {
		s := &w.ring[i]
		if s.number < first || s.number > last {
			continue
		}
		out.attempts += s.attempts
		out.commands += s.commands
		for k, n := range s.kinds {
			out.kinds[k] += n
			if Kind(k).Failure() {
				out.failures += n
			}
		}
		out.latency.Merge(s.latency)
	}
	return out
}

// errorRate is failures per attempt that the caller did not give up.
func (s *windowSum) errorRate() (rate float64, ok bool) {
	n := s.attempts - s.kinds[Canceled]
	if n == 0 {
		return 0, false
	}
	return float64(s.failures) / float64(n), true
}

// quantile returns a latency, p from 0 to 100.
func (s *windowSum) quantile(p float64) (time.Duration, bool) {
	if s.latency.TotalCount() == 0 {
		return 0, false
	}
	return time.Duration(s.latency.ValueAtQuantile(p)) * time.Microsecond, true
}
