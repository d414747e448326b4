package cache_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// TestInvalidateTagsTimeout: Options.Timeout bounds this conversation, too.
func TestInvalidateTagsTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{Tags: func(string) []string { return []string{"a"} }})
		f.setFault(func([][]string) fault { return hang })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for name, fn := range map[string]func() error{
			"one": func() error { return c.InvalidateTags(ctx, "a") },
			"two": func() error { return c.InvalidateTags(ctx, "a", "b") },
		} {
			began := time.Now()
			err := fn()
			if took := time.Since(began); took > 3*time.Second || err == nil {
				t.Errorf("%s took %v with Options.Timeout 2 s: %v", name, took, err)
			}
		}
	})
}

func TestPurgeTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		e, err := cache.NewEntity(f, keys.KindUser, cache.Text(), cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f.setFault(func([][]string) fault { return hang })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		_, err = e.Purge(ctx, cache.PurgeOptions{})
		if took := time.Since(began); took > 3*time.Second || err == nil {
			t.Errorf("took %v with Options.Timeout 2 s: %v", took, err)
		}
	})
}

// bigReplies is a client with an entry that is longer than Config.MaxResponse.
type bigReplies struct{ *fakeRedis }

func (b bigReplies) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if cmd.Name() == "GET" && cmd.Args()[1] == "t:big" {
		return upstash.Reply{}, &upstash.TransportError{Command: "GET", Attempts: 1, Sent: true, Status: 200, Err: upstash.ErrResponseTooLarge}
	}
	return b.fakeRedis.Do(ctx, cmd)
}

// TestBreakerTooLarge: an answer that is too long is an answer.
func TestBreakerTooLarge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, bigReplies{f}, cache.Options{})
		_ = c.Set(t.Context(), "1", "v")
		for range 3 {
			_, _ = c.Get(t.Context(), "big")
		}
		v, err := c.Get(t.Context(), "1")
		want(t, "another key", v, "v", err)
	})
}

// twice is a client that repeats what may be repeated, because its first answer was
// lost.
type twice struct{ *fakeRedis }

func (d twice) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	if cmd.Repeatable() && !cmd.ReadOnly() {
		_, _ = d.fakeRedis.Do(ctx, cmd)
	}
	return d.fakeRedis.Do(ctx, cmd)
}

// TestTouchLost: the repeat finds what the first one has written.
func TestTouchLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, twice{f}, cache.Options{TTL: time.Minute, Envelope: true})
		_ = c.Set(t.Context(), "1", "v")
		<-time.After(30 * time.Second)
		err := c.Touch(t.Context(), "1", time.Hour)
		left, _ := c.TTL(t.Context(), "1")
		if err != nil || left != time.Hour {
			t.Errorf("a Touch that the client repeated: %v, TTL %v", err, left)
		}
	})
}

// TestExistsCorrupt: Exists is what Get would find.
func TestExistsCorrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := must(t, f, cache.JSON[user](), cache.Options{Prefix: "t:", TTL: time.Minute})
		f.put("t:1", "{bad", time.Minute)
		_, gerr := c.Get(t.Context(), "1")
		ok, err := c.Exists(t.Context(), "1")
		if ok != (gerr == nil) || err != nil {
			t.Errorf("Exists %v %v, Get %v", ok, err, gerr)
		}
	})
}

// secondDenied refuses the second command of each batch.
type secondDenied struct{ *fakeRedis }

func (d secondDenied) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	replies, err := d.fakeRedis.DoBatch(ctx, b)
	if err == nil {
		replies[1] = upstash.ReplyOf(errors.New("NOPERM this user has no permissions"))
	}
	return replies, err
}

// TestTagErrorOfSeveral: one tag of several that is refused is an error.
func TestTagErrorOfSeveral(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := secondDenied{newFakeRedis()}
		wantErr(t, "function", cache.InvalidateTags(t.Context(), d, "a", "b"), upstash.ErrNoPermission)
		c := mustText(t, d, cache.Options{Tags: func(string) []string { return []string{"a"} }})
		wantErr(t, "method", c.InvalidateTags(t.Context(), "a", "b"), upstash.ErrNoPermission)
	})
}
