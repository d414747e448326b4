package cache_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/compress"
)

// TestDecodeFailureIsAMiss: it is counted, reported, and replaced by one load.
func TestDecodeFailureIsAMiss(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"not JSON":            "rueidisid:01H",
		"other type":          `["x"]`,
		"broken envelope":     "~er1;Q;1,2",
		"unknown compression": "~er1;q;,zzzzzzzzz,,,,,,,;data",
		"not base64":          "~er1;B;,zzzzzzzzz,,,,,,,;***",
		"empty":               "",
		"truncated":           `{"id":1,"na`,
		"long":                strings.Repeat("[", 5000),
		"not UTF-8":           strings.Repeat("\xff", 300),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				f.put("u:1", bad, time.Hour)
				var ev events
				c := must(t, f, cache.JSON[user](), cache.Options{Prefix: "u:", TTL: time.Minute, OnError: ev.add})
				calls := 0
				for range 2 {
					e, err := c.Fetch(t.Context(), "1", func(ctx contextT) (cache.Loaded[user], error) {
						calls++
						return cache.Loaded[user]{Value: user{1, "Ann"}}, nil
					})
					if err != nil || e.Value.Name != "Ann" {
						t.Errorf("%+v, %v", e, err)
					}
				}
				if calls != 1 || f.raw("u:1") != `{"id":1,"name":"Ann"}` {
					t.Errorf("%d loads, stored %q", calls, f.raw("u:1"))
				}
				if name == "broken envelope" {
					return // not addressed to this cache; nothing was decoded
				}
				if c.Stats().DecodeErrors != 1 || !slices.Equal(ev.ops(), []string{"decode"}) || !errors.Is(ev.list[0].Err, cache.ErrCorrupt) {
					t.Errorf("stats %+v, events %v", c.Stats(), ev.ops())
				}
				if strings.Contains(ev.list[0].Err.Error(), "rueidis") {
					t.Errorf("the error quotes the value: %v", ev.list[0].Err)
				}
			})
		})
	}
}

func TestJSONNull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := must(t, f, cache.JSON[*user](), cache.Options{Prefix: "u:", TTL: time.Minute})
		calls := 0
		for range 2 { // a nil pointer is a value like any other
			got, err := c.GetOrLoad(t.Context(), "1", func(contextT) (*user, error) {
				calls++
				return nil, nil
			})
			if got != nil || err != nil {
				t.Errorf("%v, %v", got, err)
			}
		}
		if calls != 1 || f.raw("u:1") != "null" {
			t.Errorf("%d loads, stored %q", calls, f.raw("u:1"))
		}
	})
}

// TestReservedValues: no value of the user is taken for a lease or an envelope.
func TestReservedValues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := mustText(t, f, cache.Options{NegativeTTL: time.Minute})
		_, _ = c.GetOrLoad(t.Context(), "neg", (&constant{err: cache.ErrNotFound}).load)
		_ = mustText(t, f, cache.Options{Envelope: true}).Set(t.Context(), "env", "inner")
		for _, v := range []string{f.raw("t:neg"), f.raw("t:env"), "null", "~er1;", "~er", "", "null" + strings.Repeat(" ", 72)} {
			if err := c.Set(t.Context(), "1", v); err != nil {
				t.Fatal(err)
			}
			got, err := c.Get(t.Context(), "1")
			want(t, "reserved", got, v, err)
		}
	})
}

func TestBytes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeRedis()
		c := must(t, f, cache.Bytes(), cache.Options{Prefix: "b:", TTL: time.Minute})
		v := []byte{0, 0xff, 0xfe, 'x'}
		if err := c.SetMany(t.Context(), map[string][]byte{"1": v, "2": []byte("text"), "3": {}}); err != nil {
			t.Fatal(err)
		}
		got, err := c.GetMany(t.Context(), "1", "2", "3")
		if err != nil || !bytes.Equal(got["1"], v) || string(got["2"]) != "text" || len(got["3"]) != 0 || len(got) != 3 {
			t.Errorf("%v, %v", got, err)
		}
		if n, _ := f.cost(); n != 3 { // bytes that are no text travel alone
			t.Errorf("%d requests, want 2 and 1", n)
		}
	})
}

func TestCompression(t *testing.T) {
	t.Parallel()
	for name, comp := range map[string]cache.Compressor{"s2": compress.S2(), "zstd": compress.Zstd()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFakeRedis()
				c := mustText(t, f, cache.Options{Compressor: comp, CompressFrom: 100, OnError: func(_ contextT, e cache.ErrorEvent) {
					t.Errorf("%s: %v", e.Op, e.Err)
				}})
				small, large := "small", strings.Repeat("large ", 1000)
				if err := c.SetMany(t.Context(), map[string]string{"1": small, "2": large, "3": large}); err != nil {
					t.Fatal(err)
				}
				if err := c.Set(t.Context(), "4", large); err != nil {
					t.Fatal(err)
				}
				got, err := c.GetMany(t.Context(), "1", "2", "3", "4")
				if err != nil || got["1"] != small || got["2"] != large || got["4"] != large {
					t.Errorf("%d values, %v", len(got), err)
				}
				if f.raw("t:1") != small || len(f.raw("t:2")) > 1000 || len(f.raw("t:4")) >= len(f.raw("t:2")) {
					t.Errorf("stored %d, %d and %d bytes", len(f.raw("t:1")), len(f.raw("t:2")), len(f.raw("t:4")))
				}
				_, err = mustText(t, f, cache.Options{}).Get(t.Context(), "2")
				wantErr(t, "a reader without the compressor", err, cache.ErrMiss)
				_, err = mustText(t, f, cache.Options{Compressor: comp, MaxValue: 100}).Get(t.Context(), "2")
				wantErr(t, "a reader with a lower limit", err, cache.ErrMiss)
			})
		})
	}
}
