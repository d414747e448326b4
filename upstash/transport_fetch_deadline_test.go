//go:build js

package upstash

import (
	"testing"
	"time"
)

// TestFetchDeadlineOfAnother: a deadline that passed while the answer arrived does
// not end the next request of the same exchange.
func TestFetchDeadlineOfAnother(t *testing.T) {
	x := newFetchExchange(t.Context())
	defer x.end(false)
	for range 3 {
		x.limit(0)
		for began := time.Now(); len(x.late) == 0; <-time.After(time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatal("the deadline is not seen")
			}
		}
		x.leave() // the answer was there, too
		x.limit(time.Hour)
		if len(x.late) != 0 {
			t.Error("the deadline of the request before is seen")
		}
		x.leave()
	}
	x.limit(time.Hour)
	timer := x.timer
	x.leave()
	if x.limit(time.Hour); x.timer != timer {
		t.Error("a timer that did not fire is not used again")
	}
	x.leave()
}
