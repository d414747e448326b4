package compress_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/compress"
)

var all = map[string]cache.Compressor{"s2": compress.S2(), "zstd": compress.Zstd()}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	ids := map[byte]bool{}
	for name, c := range all {
		for _, src := range []string{"", "x", strings.Repeat("abc ", 10_000), "\xff\x00"} {
			small := c.Compress([]byte("before"), []byte(src))
			if !bytes.HasPrefix(small, []byte("before")) {
				t.Errorf("%s: does not append", name)
			}
			for _, limit := range []int{len(src), -1} {
				got, err := c.Decompress([]byte("before"), small[6:], limit)
				if err != nil || string(got) != "before"+src {
					t.Errorf("%s: %d bytes come back as %d, %v", name, len(src), len(got)-6, err)
				}
			}
		}
		ids[c.ID()] = true
	}
	if len(ids) != len(all) {
		t.Error("compressors share an ID")
	}
}

// TestBombs: a small entry that would become a large value is refused.
func TestBombs(t *testing.T) {
	for name, c := range all {
		bomb := c.Compress(nil, make([]byte, 50<<20))
		if len(bomb) > 4<<20 {
			t.Fatalf("%s: the bomb has %d bytes", name, len(bomb))
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := c.Decompress(nil, bomb, 1000); err == nil {
			t.Errorf("%s: decompressed beyond the limit", name)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 20<<20 {
			t.Errorf("%s: allocated %d bytes to refuse", name, n)
		}
		small := c.Compress(nil, make([]byte, 1001))
		if _, err := c.Decompress(nil, small, 1000); err == nil {
			t.Errorf("%s: one byte over the limit is accepted", name)
		}
	}
}

func FuzzDecompress(f *testing.F) {
	for _, c := range all {
		f.Add(c.Compress(nil, []byte("seed seed seed")))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, c := range all {
			out, err := c.Decompress(nil, b, 1<<16)
			if err == nil && len(out) > 1<<16 {
				t.Errorf("%s: %d bytes", name, len(out))
			}
		}
	})
}
