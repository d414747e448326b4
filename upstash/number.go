package upstash

import "github.com/yesgoddess/edgeredis/upstash/internal/decint"

// parseInt reads a decimal integer as strconv.ParseInt(s, 10, 64) does.
func parseInt(s string) (n int64, ok bool) {
	u, ok := decint.ParseInt(s, true, 64)
	return int64(u), ok //nolint:gosec // it is in two's complement
}

// indexOf returns where sub begins in s, -1 when it does not occur. Like cut it is
// for short texts, and instead of package strings, whose searches for long ones are
// 3 kB compressed.
//
//go:noinline
func indexOf(s, sub string) int {
	for i := 0; i+len(sub) <= len(s); i++ {
		if s[i:i+len(sub)] == sub {
			return i
		}
	}
	return -1
}

// cut splits s around the first sep.
//
//go:noinline
func cut(s, sep string) (before, after string, found bool) {
	if i := indexOf(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// trimPrefix is that of package strings, once.
//
//go:noinline
func trimPrefix(s, prefix string) string {
	if len(s) >= len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return s
}

// trimSlashes cuts slashes off the end of s.
func trimSlashes(s string) string {
	for s != "" && s[len(s)-1] == '/' {
		s = s[:len(s)-1]
	}
	return s
}

// asciiLower returns s with the letters A to Z in lower case.
//
//go:noinline
func asciiLower(s string) string {
	b := make([]byte, len(s))
	for i := range b {
		b[i] = s[i]
		if s[i] >= 'A' && s[i] <= 'Z' {
			b[i] = s[i] + 'a' - 'A'
		}
	}
	return string(b)
}
