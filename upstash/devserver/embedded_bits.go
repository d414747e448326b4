//go:build !wasm

package devserver

import (
	"strconv"
	"strings"

	"github.com/alicebob/miniredis/v2/server"
)

// A bitType is the i8 or u12 of BITFIELD.
type bitType struct {
	signed bool
	width  uint // 1 to 64, unsigned to 63
}

func parseBitType(s string) (bitType, bool) {
	if len(s) < 2 {
		return bitType{}, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 8)
	t := bitType{s[0] == 'i' || s[0] == 'I', uint(n)}
	unsigned := s[0] == 'u' || s[0] == 'U'
	return t, err == nil && n >= 1 && (t.signed && n <= 64 || unsigned && n <= 63)
}

// maxBitOffset is the last bit of the largest string, 512 MiB.
const maxBitOffset = 1 << 32

// parseBitOffset reads an offset; # counts in units of the width.
func parseBitOffset(s string, width uint) (uint64, bool) {
	digits, units := strings.CutPrefix(s, "#")
	n, err := strconv.ParseUint(digits, 10, 33)
	if units {
		n *= uint64(width)
	}
	return n, err == nil && n+uint64(width) <= maxBitOffset
}

// load reads the type at a bit offset; bits beyond the end are 0.
func (t bitType) load(b []byte, offset uint64) int64 {
	var v uint64
	for i := range uint64(t.width) {
		v <<= 1
		if at := offset + i; at>>3 < uint64(len(b)) {
			v |= uint64(b[at>>3]>>(7-at&7)) & 1
		}
	}
	if t.signed && t.width < 64 && v>>(t.width-1) == 1 {
		v |= ^uint64(0) << t.width
	}
	return int64(v)
}

func (t bitType) store(b []byte, offset uint64, v int64) []byte {
	for need := (offset + uint64(t.width) + 7) / 8; uint64(len(b)) < need; {
		b = append(b, make([]byte, need-uint64(len(b)))...)
	}
	for i := range uint64(t.width) {
		at := offset + i
		bit := byte(uint64(v)>>(uint64(t.width)-1-i)) & 1
		shift := 7 - at&7
		b[at>>3] = b[at>>3]&^(1<<shift) | bit<<shift
	}
	return b
}

func (t bitType) limits() (lo, hi int64) {
	if t.signed {
		return -1 << (t.width - 1), 1<<(t.width-1) - 1
	}
	return 0, int64(uint64(1)<<t.width - 1)
}

// add computes a+b under an overflow rule; false means FAIL.
func (t bitType) add(a, b int64, overflow string) (int64, bool) {
	lo, hi := t.limits()
	sum := a + b
	over := b > 0 && (sum < a || sum > hi)
	under := b < 0 && (sum > a || sum < lo)
	if !over && !under {
		return sum, true
	}
	switch {
	case overflow == "FAIL":
		return 0, false
	case overflow == "SAT" && over:
		return hi, true
	case overflow == "SAT":
		return lo, true
	}
	return t.wrap(sum), true
}

// fit applies the overflow rule to a value that SET stores.
func (t bitType) fit(v int64, overflow string) (int64, bool) {
	lo, hi := t.limits()
	if v >= lo && v <= hi {
		return v, true
	}
	switch {
	case overflow == "FAIL":
		return 0, false
	case overflow == "SAT" && v > hi:
		return hi, true
	case overflow == "SAT":
		return lo, true
	}
	return t.wrap(v), true
}

func (t bitType) wrap(v int64) int64 {
	if t.width == 64 {
		return v
	}
	u := uint64(v) & (1<<t.width - 1)
	if t.signed && u>>(t.width-1) == 1 {
		u |= ^uint64(0) << t.width
	}
	return int64(u)
}

// bitField serves BITFIELD and, with readOnly, BITFIELD_RO.
func bitField(readOnly bool) extraCommand {
	return func(e *embedded, c *server.Peer, args []string) reply {
		if len(args) == 0 {
			return replyError(wrongArity("bitfield"))
		}
		v := e.call(c, "GET", args[0])
		if isError(v) {
			return v
		}
		value, _ := v.([]byte)
		f := bitFieldRun{value: value, overflow: "WRAP", out: []any{}}
		for rest := args[1:]; len(rest) > 0; {
			n, err := f.step(rest, readOnly)
			if err != "" {
				return replyError(err)
			}
			rest = rest[n:]
		}
		if f.dirty {
			if v := e.call(c, "SET", args[0], string(f.value), "KEEPTTL"); isError(v) {
				return v
			}
		}
		return f.out
	}
}

type bitFieldRun struct {
	value    []byte
	overflow string
	dirty    bool
	out      []any
}

// step runs the first subcommand of args and returns how many words it had.
func (f *bitFieldRun) step(args []string, readOnly bool) (n int, err string) {
	op := strings.ToUpper(args[0])
	words := map[string]int{"GET": 3, "SET": 4, "INCRBY": 4, "OVERFLOW": 2}[op]
	switch {
	case words == 0 || len(args) < words:
		return 0, "ERR syntax error"
	case readOnly && op != "GET":
		return 0, "ERR BITFIELD_RO only supports the GET subcommand"
	case op == "OVERFLOW":
		f.overflow = strings.ToUpper(args[1])
		if !hasWord("WRAP SAT FAIL", f.overflow) {
			return 0, "ERR Invalid OVERFLOW type specified"
		}
		return words, ""
	}
	t, ok := parseBitType(args[1])
	if !ok {
		return 0, "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	}
	offset, ok := parseBitOffset(args[2], t.width)
	if !ok {
		return 0, "ERR bit offset is not an integer or out of range"
	}
	old := t.load(f.value, offset)
	if op == "GET" {
		f.out = append(f.out, old)
		return words, ""
	}
	operand, perr := strconv.ParseInt(args[3], 10, 64)
	if perr != nil {
		return 0, "ERR value is not an integer or out of range"
	}
	f.write(t, offset, op, old, operand)
	return words, ""
}

func (f *bitFieldRun) write(t bitType, offset uint64, op string, old, operand int64) {
	var v int64
	var ok bool
	if op == "SET" {
		v, ok = t.fit(operand, f.overflow)
	} else {
		v, ok = t.add(old, operand, f.overflow)
	}
	if !ok {
		f.out = append(f.out, nil)
		return
	}
	f.value = t.store(f.value, offset, v)
	f.dirty = true
	if op == "SET" {
		v = old
	}
	f.out = append(f.out, v)
}

// bitOp serves the newer operations of BITOP; the first four are miniredis's.
func bitOp(e *embedded, c *server.Peer, args []string) (reply, bool) {
	if len(args) < 3 || !hasWord("DIFF DIFF1 ANDOR ONE", args[0]) {
		return nil, false
	}
	op := strings.ToUpper(args[0])
	if op != "ONE" && len(args) < 4 {
		return replyError("ERR BITOP " + op + " must be called with at least two source keys."), true
	}
	var sources [][]byte
	size := 0
	for _, key := range args[2:] {
		v := e.call(c, "GET", key)
		if isError(v) {
			return v, true
		}
		b, _ := v.([]byte)
		sources = append(sources, b)
		size = max(size, len(b))
	}
	out := make([]byte, size)
	for i := range out {
		out[i] = bitOpByte(op, sources, i)
	}
	e.call(c, "DEL", args[1])
	if size > 0 {
		e.call(c, "SET", args[1], string(out))
	}
	return int64(size), true
}

func bitOpByte(op string, sources [][]byte, i int) byte {
	at := func(s []byte) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	if op == "ONE" { // bits set in exactly one source
		var once, twice byte
		for _, s := range sources {
			b := at(s)
			twice |= once & b
			once |= b
		}
		return once &^ twice
	}
	first, others := at(sources[0]), byte(0)
	for _, s := range sources[1:] {
		others |= at(s)
	}
	switch op {
	case "DIFF":
		return first &^ others
	case "DIFF1":
		return others &^ first
	}
	return first & others
}
