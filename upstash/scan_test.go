package upstash_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// pages is a Doer that answers prepared replies in order and remembers what it
// was asked.
type pages struct {
	replies []any
	asked   []string
	before  func(n int) // called before each answer
}

func (p *pages) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	p.asked = append(p.asked, strings.Join(cmd.Args(), " "))
	if p.before != nil {
		p.before(len(p.asked))
	}
	if err := errors.Join(ctx.Err(), cmd.Err()); err != nil {
		return upstash.Reply{}, err
	}
	r := upstash.ReplyOf(p.replies[len(p.asked)-1])
	return r, r.Err()
}

// collectAll returns the elements up to the first error.
func collectAll[T any](seq iter.Seq2[T, error]) (all []T, err error) {
	for v, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}

func TestScanFollowsCursors(t *testing.T) {
	t.Parallel()
	p := &pages{replies: []any{
		list("abc==", list("a", "b")), list("18446744073709551615", list()), list("0", list("c")),
	}}
	got, err := collectAll(upstash.ScanKeys(t.Context(), p, upstash.ScanOptions{Match: "*", Count: 2}))
	if err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %q, %v", got, err)
	}
	want := []string{"SCAN 0 MATCH * COUNT 2", "SCAN abc== MATCH * COUNT 2", "SCAN 18446744073709551615 MATCH * COUNT 2"}
	if !slices.Equal(p.asked, want) {
		t.Errorf("asked %q, want %q", p.asked, want)
	}
}

func TestScanEnds(t *testing.T) {
	t.Parallel()
	endless := []any{list("7", list("a")), list("7", list("b")), errors.New("ERR no more")}
	t.Run("by break", func(t *testing.T) {
		t.Parallel()
		p := &pages{replies: endless}
		for range upstash.ScanKeys(t.Context(), p, upstash.ScanOptions{}) {
			break
		}
		if len(p.asked) != 1 {
			t.Errorf("asked %d times, want once", len(p.asked))
		}
	})
	t.Run("by error", func(t *testing.T) {
		t.Parallel()
		got, err := collectAll(upstash.ScanSet(t.Context(), &pages{replies: endless}, "k", upstash.ScanOptions{}))
		if _, ok := errors.AsType[*upstash.ServerError](err); !ok || len(got) != 2 {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("by context, between pages", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := &pages{replies: endless}
		n := 0
		for v, err := range upstash.ScanKeys(ctx, p, upstash.ScanOptions{}) {
			if n++; n == 1 {
				cancel()
				continue
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("after the end of ctx: %q, %v", v, err)
			}
		}
		if n != 2 || len(p.asked) != 1 {
			t.Errorf("%d elements from %d pages", n, len(p.asked))
		}
	})
	t.Run("by a bad option", func(t *testing.T) {
		t.Parallel()
		_, err := collectAll(upstash.ScanHash(t.Context(), &pages{replies: endless}, "k", upstash.ScanOptions{Type: "x"}))
		if !errors.Is(err, upstash.ErrBadArgument) {
			t.Error(err)
		}
	})
	t.Run("once for each range", func(t *testing.T) {
		t.Parallel()
		p := &pages{replies: []any{list("0", list("a")), list("0", list("b"))}}
		seq := upstash.ScanKeys(t.Context(), p, upstash.ScanOptions{})
		first, _ := collectAll(seq)
		second, _ := collectAll(seq)
		if !slices.Equal(first, []string{"a"}) || !slices.Equal(second, []string{"b"}) {
			t.Errorf("got %q, then %q", first, second)
		}
	})
}

func TestScanKeyTypes(t *testing.T) {
	t.Parallel()
	p := &pages{replies: []any{list("5", list("a", "string")), list("0", list(list("b", "hash")))}}
	got, err := collectAll(upstash.ScanKeyTypes(t.Context(), p, upstash.ScanOptions{}))
	if err != nil || !slices.Equal(got, []upstash.KeyType{{"a", "string"}, {"b", "hash"}}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestRangeStreamPages(t *testing.T) {
	t.Parallel()
	entry := func(id string) any { return list(id, list("f", "v")) }
	p := &pages{replies: []any{list(entry("1-1"), entry("1-2")), list(entry("2-1"), entry("3-1")), list()}}
	got, err := collectAll(upstash.RangeStream(t.Context(), p, "x", "1", "9", 2))
	if err != nil || len(got) != 4 {
		t.Errorf("%d entries, %v", len(got), err)
	}
	want := []string{"XRANGE x 1 9 COUNT 2", "XRANGE x (1-2 9 COUNT 2", "XRANGE x (3-1 9 COUNT 2"}
	if !slices.Equal(p.asked, want) {
		t.Errorf("asked %q, want %q", p.asked, want)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p = &pages{}
	if _, err := collectAll(upstash.RangeStream(ctx, p, "x", "-", "+", 0)); !errors.Is(err, context.Canceled) || len(p.asked) != 0 {
		t.Errorf("with an ended ctx: %v after %d pages", err, len(p.asked))
	}
	p = &pages{replies: []any{errors.New("WRONGTYPE no")}}
	if _, err := collectAll(upstash.RangeStream(t.Context(), p, "x", "-", "+", 0)); !errors.Is(err, upstash.ErrWrongType) {
		t.Error(err)
	}
	if want := "XRANGE x - + COUNT 100"; p.asked[0] != want {
		t.Errorf("asked %q, want %q", p.asked[0], want)
	}
}
