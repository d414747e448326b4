package smalljson

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash/internal/decint"
)

// Numbers are read here and not by package strconv: that spells what it could not
// read into its errors, with tables of what can be printed, and knows all of Go's
// notations. Writing them costs nothing, because the runtime has it too.

// maxDigits is the number of digits after which more cannot change a float64, but
// by not being zero.
const maxDigits = 800

// parseFloat returns the floating-point number of so many bits that is nearest to
// the JSON number s. It fails when that is infinite.
func parseFloat(s string, size int) (f float64, ok bool) {
	digits, exp, neg := decimal(s)
	if len(digits) == 0 || len(digits)+exp < -400 {
		digits, exp = digits[:0], 0
	}
	if len(digits)+exp > 400 {
		return 0, false
	}
	if len(digits) <= 15 && exp >= -22 && exp <= 22 {
		f, ok = exact(digits, exp, size)
	}
	if !ok {
		f, ok = nearest(digits, exp, size)
	}
	if neg {
		f = -f
	}
	return f, ok
}

// decimal takes a JSON number apart: its digits without leading zeros, at most
// maxDigits of them, and the power of ten of the last.
func decimal(s string) (digits []byte, exp int, neg bool) {
	point := 0 // 1 behind the decimal point
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			point = 1
		case c|0x20 == 'e':
			n, ok := decint.ParseInt(s[i+1:], true, 32)
			if !ok {
				n = 1 << 30 // in effect infinite, and so is -n
				if s[i+1] == '-' {
					n = -n
				}
			}
			return digits, exp + int(n), neg //nolint:gosec // both are signed
		case c == '-':
			neg = true
		case len(digits) < maxDigits:
			if exp -= point; c != '0' || len(digits) > 0 {
				digits = append(digits, c-'0')
			}
		default:
			exp += 1 - point
			if c != '0' {
				digits[maxDigits-1] |= 1 // more than it says; what is to be told apart ends before
			}
		}
	}
	return digits, exp, neg
}

// exact rounds once, because such numbers and powers of ten up to 1e22 are exact. It
// fails when to 32 bits that would have to be done twice, and could be wrong.
func exact(digits []byte, exp, size int) (f float64, ok bool) {
	for _, d := range digits {
		f = f*10 + float64(d)
	}
	power := 1.0
	for range max(exp, -exp) {
		power *= 10
	}
	if exp < 0 {
		f /= power
	} else {
		f *= power
	}
	if size == 64 || f == 0 {
		return f, true
	}
	const cut = 1 << 29 // what the last bit of a float32 is worth
	ok = f >= 0x1p-126 && f <= math.MaxFloat32 && math.Float64bits(f)%cut != cut/2
	return float64(float32(f)), ok
}

// nearest divides integers of any length: digits and a power of ten make a fraction,
// of which the first 64 bits, and whether it has more, decide.
func nearest(digits []byte, exp, size int) (f float64, ok bool) {
	n := (len(digits)+max(exp, -exp))/9 + 4 // nine digits are less than a word
	num, den := make(natural, n), make(natural, n)
	den[0] = 1
	for _, d := range digits {
		num.mulAdd(10, uint64(d))
	}
	num.tens(exp)
	den.tens(-exp)
	// Of integers that are equally long one is less than twice the other.
	shift := num.bits() - den.bits()
	num.shift(-shift)
	den.shift(shift)
	if num.less(den) {
		num.shift(1)
		shift--
	}
	var q uint64 // num/den is q·2^(shift-63)
	for range 64 {
		q <<= 1
		if !num.less(den) {
			num.sub(den)
			q |= 1
		}
		num.shift(1)
	}
	mantissa, least := 53, -1074 // bits, and the exponent of the last of them
	if size == 32 {
		mantissa, least = 24, -149
	}
	last := max(shift+1-mantissa, least)
	var m, rest uint64
	if drop := last - shift + 63; drop <= 64 {
		m, rest = q>>drop, q<<(64-drop)
	}
	const half = 1 << 63
	if rest > half || rest == half && (num.bits() > 0 || m&1 == 1) {
		m++
	}
	m += uint64(last-least) << (mantissa - 1) //nolint:gosec // not negative
	if size == 32 {
		return float64(math.Float32frombits(uint32(m))), m < 0xff<<23 //nolint:gosec // the rest is checked
	}
	return math.Float64frombits(m), m < 0x7ff<<52
}

// A natural is an integer, its lowest word first. What is done to it must fit.
type natural []uint32

//go:noinline
func (x natural) mulAdd(m, a uint64) {
	for i := range x {
		a += uint64(x[i]) * m
		x[i] = uint32(a) //nolint:gosec // the low half is meant
		a >>= 32
	}
}

// tens multiplies by 10^n for n > 0.
func (x natural) tens(n int) {
	for ; n > 0; n -= 9 {
		m := uint64(1)
		for range min(n, 9) {
			m *= 10
		}
		x.mulAdd(m, 0)
	}
}

// shift multiplies by 2^n for n > 0.
func (x natural) shift(n int) {
	for ; n > 0; n -= 31 {
		x.mulAdd(1<<min(n, 31), 0)
	}
}

//go:noinline
func (x natural) bits() int {
	for i := len(x) - 1; i >= 0; i-- {
		if x[i] != 0 {
			return 32*i + bits.Len32(x[i])
		}
	}
	return 0
}

func (x natural) less(y natural) bool {
	for i := len(x) - 1; i >= 0; i-- {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}

// sub subtracts what is not greater.
func (x natural) sub(y natural) {
	borrow := uint64(0)
	for i := range x {
		d := uint64(x[i]) - uint64(y[i]) - borrow
		x[i] = uint32(d) //nolint:gosec // the low half is meant
		borrow = d >> 63
	}
}

// appendFloat spells f as ECMAScript does: in full from 1e-6 to below 1e21.
func appendFloat(b []byte, f float64, size int) []byte {
	format, abs := byte('f'), math.Abs(f)
	if abs != 0 && (size == 64 && (abs < 1e-6 || abs >= 1e21) ||
		size == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21)) {
		format = 'e'
	}
	b = strconv.AppendFloat(b, f, format, -1, size)
	if n := len(b); format == 'e' && n >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1] // e-09 becomes e-9
		b = b[:n-1]
	}
	return b
}
