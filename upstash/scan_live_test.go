//go:build !wasm

package upstash_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestIteratorsOnRedis walks collections that need several pages.
func TestIteratorsOnRedis(t *testing.T) {
	t.Parallel()
	redis := dialRedis(t)
	ctx := t.Context()
	const n = 1234
	want := make([]string, n)
	for i := range n {
		v := strconv.Itoa(i)
		want[i] = v
		redis.must(t, "SET", "key:"+v, v)
		redis.must(t, "HSET", "h", v, v)
		redis.must(t, "SADD", "s", "m"+v)
		redis.must(t, "ZADD", "z", v, v)
		redis.must(t, "XADD", "x", "1-"+strconv.Itoa(i+1), "f", v)
	}
	slices.Sort(want)
	got := map[string][]string{}
	fail := func(name string, err error) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for k, err := range upstash.ScanKeys(ctx, redis, upstash.ScanOptions{Match: "key:*", Type: "string", Count: 100}) {
		fail("keys", err)
		got["keys"] = append(got["keys"], strings.TrimPrefix(k, "key:"))
	}
	for f, err := range upstash.ScanHash(ctx, redis, "h", upstash.ScanOptions{}) {
		fail("hash", err)
		if f.Field != f.Value {
			t.Errorf("field %q has %q", f.Field, f.Value)
		}
		got["hash"] = append(got["hash"], f.Field)
	}
	for m, err := range upstash.ScanSet(ctx, redis, "s", upstash.ScanOptions{Match: "m*"}) {
		fail("set", err)
		got["set"] = append(got["set"], m[1:])
	}
	for m, err := range upstash.ScanSortedSet(ctx, redis, "z", upstash.ScanOptions{}) {
		fail("sorted set", err)
		if strconv.Itoa(int(m.Score)) != m.Name {
			t.Errorf("member %q has score %v", m.Name, m.Score)
		}
		got["sorted set"] = append(got["sorted set"], m.Name)
	}
	for e, err := range upstash.RangeStream(ctx, redis, "x", "-", "+", 100) {
		fail("stream", err)
		v, _ := e.Value("f")
		got["stream"] = append(got["stream"], v)
	}
	for name, values := range got {
		slices.Sort(values)
		if name != "stream" { // pages of a stream must not overlap
			values = slices.Compact(values)
		}
		if !slices.Equal(values, want) {
			t.Errorf("%s: %d elements, want %d", name, len(values), n)
		}
	}
	if len(got) != 5 {
		t.Errorf("%d collections were walked", len(got))
	}
}
