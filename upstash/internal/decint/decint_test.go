package decint_test

import (
	"strconv"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/decint"
)

// TestParseInt compares all notations with package strconv.
func TestParseInt(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "-", "+", "0", "-0", "+0", "007", "+5", "-5", "1.5", "1e3", "x", "1x", "128", "127", "-128", "-129", "255", "256", "65535", "65536",
		"2147483648", "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "99999999999999999999999",
	} {
		for _, size := range []int{8, 16, 32, 64} {
			signed, err := strconv.ParseInt(s, 10, size)
			if got, ok := decint.ParseInt(s, true, size); ok != (err == nil) || ok && got != uint64(signed) {
				t.Errorf("%q, signed, %d bits: %d, %v; want %d, %v", s, size, int64(got), ok, signed, err)
			}
			unsigned, err := strconv.ParseUint(s, 10, size)
			if got, ok := decint.ParseInt(s, false, size); ok != (err == nil) || ok && got != unsigned {
				t.Errorf("%q, %d bits: %d, %v; want %d, %v", s, size, got, ok, unsigned, err)
			}
		}
	}
}
