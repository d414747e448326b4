package decint

import "math"

// ParseInt reads a decimal integer of size bits, 8 to 64, with a sign if signed: then n is
// in two's complement. It takes what strconv.ParseInt and ParseUint take in base 10.
func ParseInt(s string, signed bool, size int) (n uint64, ok bool) {
	most := uint64(math.MaxUint64) >> (64 - size)
	neg := false
	if signed {
		most >>= 1
		if s != "" && (s[0] == '-' || s[0] == '+') {
			if neg = s[0] == '-'; neg {
				most++
			}
			s = s[1:]
		}
	}
	for i := range len(s) {
		d := uint64(s[i] - '0')
		if d > 9 || n > (most-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	if neg {
		n = -n
	}
	return n, s != ""
}
