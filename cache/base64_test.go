package cache

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBase64 compares every length and every byte with package encoding/base64.
func TestBase64(t *testing.T) {
	t.Parallel()
	b := make([]byte, 300)
	for i := range b {
		b[i] = byte(i*7 + i/256)
	}
	for n := range b {
		want := base64.StdEncoding.EncodeToString(b[:n])
		got := toBase64(b[:n])
		if string(got) != want {
			t.Fatalf("%d bytes: %s, want %s", n, got, want)
		}
		if back, ok := fromBase64(got); !ok || string(back) != string(b[:n]) {
			t.Fatalf("%d bytes do not come back: %x, %v", n, back, ok)
		}
	}
	for _, bad := range []string{"A", "AA", "AAA", "A===", "====", "AA=A", "AAAA=", "AAAAA===", "AA-_", "AA A", "=AAA"} {
		if _, ok := fromBase64([]byte(bad)); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// TestSortKeys compares with package slices, and finds every key.
func TestSortKeys(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprint(r.IntN(n))
		}
		want := slices.Clone(list)
		slices.Sort(want)
		want = slices.Compact(want)
		got := sortKeys(list)
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		for i, key := range got {
			if at := findKey(got, key); at != i {
				t.Fatalf("%s is found at %d, not %d", key, at, i)
			}
		}
	}
}
