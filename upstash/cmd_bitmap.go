package upstash

// Commands on bitmaps: https://redis.io/docs/latest/commands/?group=bitmap.

// A BitUnit says what the ends of a range of a bitmap count.
type BitUnit string

const (
	// ByteUnit counts bytes.
	ByteUnit BitUnit = "BYTE"
	// BitUnits counts bits.
	BitUnits BitUnit = "BIT"
)

// BitCount returns the number of bits set in the string at key, 0 when it is
// missing.
func BitCount(key string) Cmd[int64] { return As(read("BITCOUNT", key), Reply.Int64) }

// BitCountRange is [BitCount] of start to end, both included; negative ends count
// from the end of the string.
func BitCountRange(key string, start, end int64, unit BitUnit) Cmd[int64] {
	return As(read("BITCOUNT", key, itoa64(start), itoa64(end), string(unit)), Reply.Int64)
}

// BitPos returns the offset of the first bit with this value, -1 when there is
// none. A missing key reads as zeros without end.
func BitPos(key string, bit bool) Cmd[int64] {
	return As(read("BITPOS", key, bitText(bit)), Reply.Int64)
}

// BitPosFrom is [BitPos] from byte start on.
func BitPosFrom(key string, bit bool, start int64) Cmd[int64] {
	return As(read("BITPOS", key, bitText(bit), itoa64(start)), Reply.Int64)
}

// BitPosRange is [BitPos] of start to end, both included. Unlike without an end,
// -1 is the answer when a 0 is sought and all bits of the range are set.
func BitPosRange(key string, bit bool, start, end int64, unit BitUnit) Cmd[int64] {
	return As(read("BITPOS", key, bitText(bit), itoa64(start), itoa64(end), string(unit)), Reply.Int64)
}

// GetBit returns the bit at offset, false beyond the end of the string.
func GetBit(key string, offset int64) Cmd[bool] {
	return As(read("GETBIT", key, itoa64(offset)), Reply.Bool)
}

// SetBit sets the bit at offset and returns the old one. It is Converging.
func SetBit(key string, offset int64, bit bool) Cmd[bool] {
	return As(conv("SETBIT", key, itoa64(offset), bitText(bit)), Reply.Bool)
}

func bitText(bit bool) string {
	if bit {
		return "1"
	}
	return "0"
}

// A BitOperation combines bitmaps in [BitOp].
type BitOperation string

// The operations of BITOP. Diff to One need Upstash or Redis 8.2.
const (
	BitAnd BitOperation = "AND"
	BitOr  BitOperation = "OR"
	BitXor BitOperation = "XOR"
	// BitNot takes exactly one source.
	BitNot BitOperation = "NOT"
	// BitDiff keeps bits that are set in the first source and in no other.
	BitDiff BitOperation = "DIFF"
	// BitDiff1 keeps bits that are set in another source but not in the first.
	BitDiff1 BitOperation = "DIFF1"
	// BitAndOr keeps bits that are set in the first source and in another.
	BitAndOr BitOperation = "ANDOR"
	// BitOne keeps bits that are set in exactly one source.
	BitOne BitOperation = "ONE"
)

// BitOp stores the combination of the sources at dest and returns its length in
// bytes. It is Idempotent, unless dest is a source of an operation other than AND
// and OR.
func BitOp(op BitOperation, dest string, sources ...string) Cmd[int64] {
	b := build(Idempotent, 3+len(sources), "BITOP", string(op), dest)
	b.strs(sources, "source")
	switch {
	case op == BitNot && len(sources) != 1:
		b.fail(0, "needs exactly one source for NOT")
	case (op == BitDiff || op == BitDiff1 || op == BitAndOr) && len(sources) < 2:
		b.fail(0, "needs at least two sources for DIFF, DIFF1 and ANDOR")
	}
	return As(b.refined(bitOpClass), Reply.Int64)
}

// BitOverflow says what BITFIELD does when a result does not fit the type.
type BitOverflow string

const (
	// OverflowWrap wraps around; the server's default.
	OverflowWrap BitOverflow = "WRAP"
	// OverflowSat stops at the smallest or largest value.
	OverflowSat BitOverflow = "SAT"
	// OverflowFail does nothing and answers nil.
	OverflowFail BitOverflow = "FAIL"
)

// A BitFieldOp is one operation of [BitField]; make it with [BitFieldGet],
// [BitFieldSet] or [BitFieldIncrBy].
type BitFieldOp struct {
	word, typ string
	offset    int64
	value     int64
	overflow  BitOverflow
}

// BitFieldGet reads the integer of a type such as "u8" or "i16" at a bit offset.
func BitFieldGet(typ string, offset int64) BitFieldOp {
	return BitFieldOp{word: "GET", typ: typ, offset: offset}
}

// BitFieldSet writes an integer and answers the old one.
func BitFieldSet(typ string, offset, value int64) BitFieldOp {
	return BitFieldOp{word: "SET", typ: typ, offset: offset, value: value}
}

// BitFieldIncrBy adds to an integer and answers the result.
func BitFieldIncrBy(typ string, offset, delta int64) BitFieldOp {
	return BitFieldOp{word: "INCRBY", typ: typ, offset: offset, value: delta}
}

// Overflow returns op with another handling of overflow; it has no meaning for a
// read.
func (op BitFieldOp) Overflow(o BitOverflow) BitFieldOp {
	op.overflow = o
	return op
}

// BitField runs operations on integers of any width in the string at key and
// returns one answer for each, nil where [OverflowFail] stopped it. It is
// ReadOnly with reads only, Converging with writes, Unsafe with increments.
func BitField(key string, ops ...BitFieldOp) Cmd[[]*int64] {
	b := build(Unsafe, 2+6*len(ops), "BITFIELD", key)
	b.need(len(ops), "operation")
	mode := OverflowWrap
	for _, op := range ops {
		want := op.overflow
		if want == "" {
			want = OverflowWrap
		}
		if op.word != "GET" && want != mode {
			b.str("OVERFLOW", string(want))
			mode = want
		}
		b.bitField(op)
	}
	return As(b.refined(bitFieldClass), Reply.OptionalInt64s)
}

// BitFieldRO is [BitField] for reads only, which a read-only token may run too.
func BitFieldRO(key string, ops ...BitFieldOp) Cmd[[]int64] {
	b := build(ReadOnly, 2+3*len(ops), "BITFIELD_RO", key)
	b.need(len(ops), "operation")
	for _, op := range ops {
		if op.word != "GET" {
			b.fail(0, "takes only reads")
		}
		b.bitField(op)
	}
	return As(b.done(), Reply.Int64s)
}

func (b *builder) bitField(op BitFieldOp) {
	if op.word == "" {
		b.fail(0, "has an empty operation")
	}
	b.str(op.word, op.typ)
	b.num(op.offset)
	if op.word != "GET" {
		b.num(op.value)
	}
}
