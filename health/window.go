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
	summary  *Piece // of a slot that is over, nil when it has to be made
}

// A Piece is what happened in a part of the window.
type Piece struct {
	Begins time.Time `json:"begins"`
	// Seconds is how much of it has passed.
	Seconds    float64 `json:"seconds"`
	Operations int64   `json:"operations"`
	Requests   int64   `json:"requests"`
	// Failures are the requests that count in the error rate.
	Failures     int64    `json:"failures"`
	LatencyP50MS *float64 `json:"latency_p50_ms,omitempty"`
	LatencyP95MS *float64 `json:"latency_p95_ms,omitempty"`
	LatencyP99MS *float64 `json:"latency_p99_ms,omitempty"`
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
	s.summary = nil // it is about to change
	return s
}

// pieces returns the slots of the window, oldest first. What is over is looked at
// once, so that it costs little to ask often.
func (w *window) pieces(now time.Time) []Piece {
	length := w.length / slots
	last := max(0, int64(now.Sub(w.start)/length))
	out := make([]Piece, 0, slots)
	for n := max(0, last-slots+1); n <= last; n++ {
		begins := w.start.Add(time.Duration(n) * length)
		s := &w.ring[n%slots]
		if s.number != n { // nothing happened in it
			out = append(out, Piece{Begins: begins.UTC(), Seconds: min(length, now.Sub(begins)).Seconds()})
			continue
		}
		p := s.summary
		if p == nil {
			p = s.summarize(begins.UTC(), min(length, now.Sub(begins)))
		}
		if n < last {
			s.summary = p
		}
		out = append(out, *p)
	}
	return out
}

func (s *slot) summarize(begins time.Time, lived time.Duration) *Piece {
	p := &Piece{Begins: begins, Seconds: lived.Seconds(), Operations: s.commands, Requests: s.attempts}
	for k, n := range s.kinds {
		if Kind(k).Failure() {
			p.Failures += n
		}
	}
	if s.latency.TotalCount() > 0 {
		at := func(q float64) *float64 {
			return new(milliseconds(time.Duration(s.latency.ValueAtQuantile(q)) * time.Microsecond))
		}
		p.LatencyP50MS, p.LatencyP95MS, p.LatencyP99MS = at(50), at(95), at(99)
	}
	return p
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
