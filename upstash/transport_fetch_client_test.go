//go:build js

package upstash_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// fetchClient returns a client of the dev server that the parent process has
// started, with the transport that New chooses.
func fetchClient(t testing.TB, cfg upstash.Config) *upstash.Client {
	t.Helper()
	url, token := os.Getenv("REDIS_REST_URL"), os.Getenv("REDIS_REST_TOKEN")
	if url == "" {
		t.Skip("needs REDIS_REST_URL; TestNode sets it")
	}
	if cfg.URL == "" {
		cfg.URL = url
	}
	if cfg.Token == "" {
		cfg.Token = upstash.Secret(token)
	}
	cfg.Timeout = 30 * time.Second // the machine may be busy
	c, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fetchKey returns a key that no other run uses.
func fetchKey(name string) string {
	return "fetch:" + name + ":" + strconv.FormatInt(time.Now().UnixNano(), 36)
}

func TestFetchClientBytes(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, e := range []upstash.Encoding{upstash.Base64, upstash.RESP2} {
		t.Run(e.String(), func(t *testing.T) {
			ctx, db := t.Context(), fetchClient(t, upstash.Config{Encoding: e})
			for _, value := range []string{"", "plain", "ünïcode \u2028 \U0001f600", string(all), strings.Repeat("x", 300_000)} {
				key := fetchKey("bytes")
				if _, err := upstash.Set(key, value).Do(ctx, db); err != nil {
					t.Fatal(err)
				}
				if got, err := upstash.Get(key).Do(ctx, db); err != nil || got != value {
					t.Errorf("error %v; got %d bytes that are not the %d set", err, len(got), len(value))
				}
				if _, err := upstash.Del(key).Do(ctx, db); err != nil {
					t.Error(err)
				}
				if _, err := upstash.Get(key).Do(ctx, db); !errors.Is(err, upstash.ErrNil) {
					t.Errorf("error %v, want ErrNil", err)
				}
			}
		})
	}
}

// TestFetchClientConcurrent counts with one hundred callers at once: an answer
// that reaches the wrong one, or a request that is sent twice, shows.
func TestFetchClientConcurrent(t *testing.T) {
	const callers, rounds = 100, 5
	ctx, db, key := t.Context(), fetchClient(t, upstash.Config{}), fetchKey("count")
	seen := make(map[int64]bool)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range rounds {
				n, err := upstash.Incr(key).Do(ctx, db)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if seen[n] {
					t.Errorf("two callers got %d", n)
				}
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if n, err := upstash.Get(key).Do(ctx, db); err != nil || n != strconv.Itoa(callers*rounds) {
		t.Errorf("error %v, count %s, want %d", err, n, callers*rounds)
	}
}

func TestFetchClientBatches(t *testing.T) {
	ctx, db, key := t.Context(), fetchClient(t, upstash.Config{}), fetchKey("batch")
	for _, atomic := range []bool{false, true} {
		replies, err := db.DoBatch(ctx, upstash.Batch{Atomic: atomic, Commands: []upstash.Command{
			upstash.Set(key, "text").Command, upstash.Incr(key).Command, upstash.Get(key).Command,
		}})
		if err != nil || len(replies) != 3 {
			t.Fatal(err, len(replies))
		}
		if replies[1].Err() == nil {
			t.Error("INCR of a text succeeded")
		}
		if s, err := replies[2].Text(); err != nil || s != "text" {
			t.Errorf("error %v, value %q", err, s)
		}
	}
	script := upstash.NewScript("return redis.call('SET', KEYS[1], ARGV[1]) and redis.call('GET', KEYS[1])", upstash.Reply.Text)
	for range 2 {
		if s, err := script.Run(ctx, db, []string{key}, "by script"); err != nil || s != "by script" {
			t.Errorf("error %v, value %q", err, s)
		}
	}
}

// TestFetchClientRefusals has a wrong token, and no server at all.
func TestFetchClientRefusals(t *testing.T) {
	ctx := t.Context()
	_, err := upstash.Get("k").Do(ctx, fetchClient(t, upstash.Config{Token: "canary"}))
	if !errors.Is(err, upstash.ErrUnauthorized) || strings.Contains(err.Error(), "canary") {
		t.Errorf("wrong token: error %v", err)
	}
	down := fetchClient(t, upstash.Config{URL: "http://127.0.0.1:2", Retry: upstash.Retry{MaxAttempts: 2, MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond}})
	_, err = upstash.Get("k").Do(ctx, down)
	e, ok := errors.AsType[*upstash.TransportError](err)
	if !ok || e.Attempts != 2 {
		t.Errorf("no server, GET: error %v", err)
	}
	_, err = upstash.Incr("k").Do(ctx, down)
	if _, maybe := errors.AsType[*upstash.MaybeAppliedError](err); maybe != (os.Getenv("EDGEREDIS_HOST") != "node") {
		t.Errorf("no server, INCR: error %v; only Node can tell that it was not sent", err)
	}
}

func TestFetchClientSubscribe(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, channel := fetchClient(t, upstash.Config{}), fetchKey("channel")
	var got []string
	for e, err := range db.Subscribe(ctx, channel, upstash.StreamOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e.Kind {
		case upstash.EventReady:
			for _, text := range []string{"one", "two\nlines"} {
				if _, err := upstash.Publish(channel, text).Do(ctx, db); err != nil {
					t.Fatal(err)
				}
			}
		case upstash.EventMessage:
			got = append(got, e.Payload)
		}
		if len(got) == 2 {
			break
		}
	}
	if len(got) != 2 || got[0] != "one" || got[1] != "two\nlines" {
		t.Errorf("got %q", got)
	}
	if n := upstash.FetchCallsForTest(); n != 0 {
		t.Errorf("%d exchanges are still known after the end of the stream", n)
	}
}

// TestFetchClientSession reads with a sync token, a header that a browser must be
// allowed to see and to send.
func TestFetchClientSession(t *testing.T) {
	ctx, db, key := t.Context(), fetchClient(t, upstash.Config{}), fetchKey("session")
	if _, err := upstash.Set(key, "v").Do(ctx, db); err != nil {
		t.Fatal(err)
	}
	s := db.Session()
	if s == (upstash.Session{}) {
		t.Fatal("no sync token came through")
	}
	if v, err := upstash.Get(key).Do(ctx, db.WithSession(s)); err != nil || v != "v" {
		t.Errorf("error %v, value %q", err, v)
	}
}
