package local_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
)

func mustNew(t *testing.T, o local.Options) cache.Local {
	t.Helper()
	l, err := local.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// fill puts n values of a size and returns how many are left.
func fill(l cache.Local, n, size int) (left int) {
	for i := range n {
		l.Set(fmt.Sprint(i), i, size)
	}
	synctest.Wait() // what the library does in the background is done
	for i := range n {
		if v, ok := l.Get(fmt.Sprint(i)); ok && v == i {
			left++
		}
	}
	return left
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		o        local.Options
		size     int
		min, max int
	}{
		{"entries", local.Options{MaxEntries: 100}, 10, 80, 100},
		{"bytes", local.Options{MaxBytes: 100_000}, 936, 80, 100},
		{"one is too large", local.Options{MaxBytes: 1000, MaxEntries: 10}, 1000, 0, 0},
		{"defaults", local.Options{}, 10, 2000, 2000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				left := fill(mustNew(t, tc.o), 2000, tc.size)
				if left < tc.min || left > tc.max {
					t.Errorf("%d entries are left, want %d to %d", left, tc.min, tc.max)
				}
			})
		})
	}
}

// TestNoGoroutineStays: a bubble does not end while a goroutine of it runs.
func TestNoGoroutineStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := mustNew(t, local.Options{MaxEntries: 10})
		fill(l, 100, 10)
		l.Set("a", 1, 1)
		l.Delete("a")
		if _, ok := l.Get("a"); ok {
			t.Error("deleted and still there")
		}
		l.Set("a", 1, 1)
		l.Clear()
		if _, ok := l.Get("a"); ok {
			t.Error("cleared and still there")
		}
		l.Set("b", 1, 1)
		l.Set("b", 2, 1<<40)
		if v, ok := l.Get("b"); ok {
			t.Errorf("a value that is too large left the old one: %v", v)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, o := range []local.Options{{MaxEntries: -1}, {MaxBytes: -1}, {MaxEntries: 100, MaxBytes: 10}} {
		if _, err := local.New(o); !errors.Is(err, local.ErrBadOption) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestEntriesAndBytes: a number of bytes that entries do not divide leaves no room
// for more entries.
func TestEntriesAndBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		if left := fill(mustNew(t, local.Options{MaxEntries: 1000, MaxBytes: 64_999}), 5000, 0); left > 1000 {
			t.Errorf("%d entries, want at most 1000", left)
		}
	})
}
