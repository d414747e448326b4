package smalljson

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// checkFloat compares the reading of a JSON number with package strconv.
func checkFloat(t *testing.T, s string) {
	t.Helper()
	for _, size := range []int{64, 32} {
		want, err := strconv.ParseFloat(s, size)
		got, ok := parseFloat(s, size)
		if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%.100s with %d bits: %v, %v; want %v, %v", s, size, got, ok, want, err)
		}
	}
}

// TestFloats reads numbers that are hard: the bounds, and what lies in the middle
// between two neighbours, or beside it in the last of many digits.
func TestFloats(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"0", "-0", "0.0e5", "1", "-1.5", "0.1", "1e22", "1e23", "123456789012345e22", "9007199254740993", "3.4028235e38", "3.4028236e38",
		"1e-400", "1e400", "1e-99999999999999999999", "1e99999999999999999999", "0e99999999999999999999",
		"1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
		"2.2250738585072011e-308", "2.2250738585072014e-308", "1.401298464324817e-45", "0.7006492321624085e-45", "0.7006492321624086e-45", "1.17549435e-38",
		strings.Repeat("9", 2000), "0." + strings.Repeat("0", 2000) + "1", strings.Repeat("1", 400) + "e-400", "0." + strings.Repeat("0", 400) + "1e401", "1." + strings.Repeat("0", 900) + "1",
	} {
		checkFloat(t, s)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		f := math.Abs(math.Float64frombits(r.Uint64()))
		next := math.Nextafter(f, math.Inf(1))
		if math.IsNaN(f) || math.IsInf(next, 0) {
			continue
		}
		checkFloat(t, strconv.FormatFloat(f, 'e', -1, 64))
		middle := new(big.Float).SetPrec(2000).SetFloat64(f)
		middle.Add(middle, new(big.Float).SetFloat64(next)).Quo(middle, big.NewFloat(2))
		text := middle.Text('e', 1100)
		mantissa, exp, _ := strings.Cut(text, "e")
		mantissa = strings.TrimRight(mantissa, "0")
		for _, end := range []string{"", "0", "1", strings.Repeat("0", 200) + "1"} {
			checkFloat(t, mantissa+"0"+end+"e"+exp)
		}
		last := len(mantissa) - 1
		checkFloat(t, mantissa[:last]+string(mantissa[last]-1)+strings.Repeat("9", 50)+"e"+exp)
		checkFloat(t, strconv.FormatFloat(float64(float32(r.NormFloat64())), 'g', 1+r.IntN(20), 64))
		// Near the middle of two float32: what is rounded to 64 bits first can be in it.
		for range 20 {
			f := float32(r.NormFloat64())
			middle := (float64(f) + float64(math.Nextafter32(f, 10))) / 2
			checkFloat(t, strconv.FormatFloat(middle, 'e', 14, 64))
		}
	}
}

// FuzzFloat compares any number.
func FuzzFloat(f *testing.F) {
	for _, s := range []string{"1.5", "-0.1e-5", "123456789.123456789E+30", "1e22", "5e-324"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if isNumber(s) {
			checkFloat(t, s)
		}
	})
}

// TestTags compares struct tags, good and bad, with package reflect.
func TestTags(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{
		``, ` `, `json:"a"`, `  json:"a,omitempty"  `, `xml:"b" json:"a"`, `xml:"\d\\+" json:"a"`, `json:"a" json:"b"`, `json:""`, `json`, `json:`, `json:a`, `json:"a`,
		`json:"a\"b"`, `json:"a\\b"`, `json:"\u00e9"`, `json:"\u00"`, `json:"\q"`, `xml:"b json:"a"`, `:"x" json:"a"`, `xml: "x" json:"a"`, `xml:"x"json:"a"`, "a\x7f:\"x\" json:\"a\"", `json:"é日"`,
	} {
		if got, want := jsonTag(tag), reflect.StructTag(tag).Get("json"); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

// BenchmarkFloat reads what JSON usually has, and what needs long division.
func BenchmarkFloat(b *testing.B) {
	for _, s := range []string{"3.14", "0.12345678901234567", "1.7976931348623157e308"} {
		b.Run(fmt.Sprint(s), func(b *testing.B) {
			for b.Loop() {
				parseFloat(s, 64)
			}
		})
	}
}
