package upstash

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"testing"
)

func TestSHA1(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		s := strings.Repeat("aé\x00", 70)[:n]
		sum := sha1.Sum([]byte(s))
		if got, want := sha1Hex(s), hex.EncodeToString(sum[:]); got != want {
			t.Fatalf("length %d: got %s, want %s", n, got, want)
		}
	}
}
