package upstash

// parseInt reads a decimal integer as strconv.ParseInt(s, 10, 64) does. The error
// of strconv quotes its input, and the tables for that (which characters can be
// printed) are 6 kB compressed in every WebAssembly program that could meet it.
func parseInt(s string) (n int64, ok bool) {
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg = s[0] == '-'
		s = s[1:]
	}
	limit := uint64(1<<63 - 1)
	if neg {
		limit++
	}
	var u uint64
	for i := 0; i < len(s); i++ {
		digit := uint64(s[i] - '0')
		if digit > 9 || u > (limit-digit)/10 {
			return 0, false
		}
		u = u*10 + digit
	}
	if neg {
		u = -u
	}
	return int64(u), s != "" //nolint:gosec // bounded by limit
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
