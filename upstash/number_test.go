package upstash

import (
	"strconv"
	"testing"
)

// FuzzParseInt compares parseInt with the standard library.
func FuzzParseInt(f *testing.F) {
	for _, s := range []string{
		"", "+", "-", "0", "-0", "+7", "007", "12a", "1_0", " 1", "/", ":", "9223372036854775807", "9223372036854775808",
		"-9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999999", "92233720368547758070",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := strconv.ParseInt(s, 10, 64)
		if got, ok := parseInt(s); ok != (err == nil) || ok && got != want {
			t.Errorf("parseInt(%q) = %d, %v; want %d, %v", s, got, ok, want, err)
		}
	})
}
