package cache

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// What is stored under a key is one of four things:
//
//   - a plain value: the codec's bytes and nothing else;
//   - an envelope: "~er1;", a header in ASCII, ";" and the codec's bytes. No JSON
//     text begins with "~", so plain readers can tell;
//   - a marker: "null" and 72 characters of JSON white space that carry a lease,
//     a negative entry or a back-off (marker.go). To JSON readers it is null;
//   - nothing.

// An recordKind says which.
type recordKind uint8

const (
	recAbsent recordKind = iota
	recPlain
	recEnvelope
	recLease
	recNegative
	recBackoff
	recBroken // begins like an envelope and is none
)

// A record is what was read under a key.
type record struct {
	kind    recordKind
	raw     string // as stored: what conditional writes compare with
	header  header
	payload string
	_       [0]func() // not compared, so that there is no code for it
}

// A header is the metadata of an envelope or a marker. Times are Unix
// milliseconds of the writer's clock, durations are milliseconds.
type header struct {
	compressor byte // 0 means none
	base64     bool // the payload is base64, because it had to travel in JSON
	leased     bool // somebody is loading a newer value
	created    int64
	ttl        int64 // fresh until created+ttl
	stale      int64 // Options.Stale when it was written
	grace      int64 // Options.StaleIfError when it was written
	load       int64 // how long the load took
	notBefore  int64 // no load before this time, after an error
	nonce      uint64
	tags       uint64 // digest of the tags and their epochs, 0 for none
	version    uint32
	_          [0]func() // not compared, so that there is no code for it
}

const envelopePrefix = "~er1;"

// parse never fails: what cannot be an envelope is a plain value, what begins
// like one and is none is broken.
func (r *record) parse(raw string) {
	*r = record{raw: raw}
	switch {
	case strings.HasPrefix(raw, envelopePrefix):
		if r.kind = recEnvelope; !r.parseEnvelope(raw[len(envelopePrefix):]) {
			*r = record{kind: recBroken, raw: raw}
		}
	case !r.parseMarker(raw):
		r.kind, r.payload = recPlain, raw
	}
}

// reserved reports whether a plain value would be taken for something else.
func reserved(value []byte) bool {
	if len(value) >= len(envelopePrefix) && string(value[:len(envelopePrefix)]) == envelopePrefix {
		return true
	}
	return len(value) == markerLen && new(record).parseMarker(string(value))
}

const headerFields = 9

// parseEnvelope reads what follows the prefix.
func (r *record) parseEnvelope(s string) bool {
	flags, rest, ok := cut(s, ';')
	fields, payload, ok2 := cut(rest, ';')
	if !ok || !ok2 || len(flags) > 3 || len(fields) > 128 {
		return false
	}
	r.payload = payload
	h := &r.header
	for i := range len(flags) {
		switch b := flags[i]; {
		case b == 'L':
			h.leased = true
		case b == 'B':
			h.base64 = true
		case validCompressorID(b):
			h.compressor = b
		default:
			return false
		}
	}
	var n [headerFields]uint64
	for i := range n {
		var field string
		field, fields, ok = cut(fields, ',')
		if !ok != (i == headerFields-1) {
			return false
		}
		v, ok := parse36(field)
		if !ok || i < 6 && v > 1<<53 || i == 8 && v > 1<<32-1 {
			return false
		}
		n[i] = v
	}
	h.created, h.ttl, h.stale = int64(n[0]), int64(n[1]), int64(n[2])    //nolint:gosec // bounded above
	h.grace, h.load, h.notBefore = int64(n[3]), int64(n[4]), int64(n[5]) //nolint:gosec // bounded above
	h.nonce, h.tags, h.version = n[6], n[7], uint32(n[8])                //nolint:gosec // bounded above
	return true
}

// cut is strings.Cut at a byte: that finds any string, with 4 kB of code.
func cut(s string, at byte) (before, after string, found bool) {
	if i := strings.IndexByte(s, at); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// parse36 reads a number to the base 36; nothing is zero. (The errors of package strconv quote what
// they could not read, with tables of what can be printed.)
func parse36(s string) (n uint64, ok bool) {
	for i := range len(s) {
		d := uint64(s[i] - '0')
		if d > 9 {
			if d = uint64(s[i]|0x20) - 'a' + 10; d < 10 || d > 35 {
				return 0, false
			}
		}
		if n > (math.MaxUint64-d)/36 {
			return 0, false
		}
		n = n*36 + d
	}
	return n, true
}

// envelope spells a header and a payload.
func envelope(h *header, payload []byte) string {
	b := make([]byte, 0, len(envelopePrefix)+96+len(payload))
	b = append(b, envelopePrefix...)
	if h.leased {
		b = append(b, 'L')
	}
	if h.base64 {
		b = append(b, 'B')
	}
	if h.compressor != 0 {
		b = append(b, h.compressor)
	}
	sep := byte(';')
	for _, n := range [headerFields]uint64{
		uint64(h.created), uint64(h.ttl), uint64(h.stale), uint64(h.grace), uint64(h.load), uint64(h.notBefore), //nolint:gosec // never negative
		h.nonce, h.tags, uint64(h.version),
	} {
		b = append(b, sep)
		if n != 0 {
			b = strconv.AppendUint(b, n, 36)
		}
		sep = ','
	}
	b = append(b, ';')
	return string(append(b, payload...))
}

// value returns the codec's bytes.
func (r *record) value(c Compressor, limit int) ([]byte, error) {
	b := []byte(r.payload)
	if r.kind != recEnvelope {
		return b, nil
	}
	if r.header.base64 {
		var ok bool
		if b, ok = fromBase64(b); !ok {
			return nil, corrupt("the entry is not base64", nil)
		}
	}
	if r.header.compressor == 0 {
		return b, nil
	}
	if c == nil || c.ID() != r.header.compressor {
		return nil, corrupt("the entry is compressed in another way than this cache's", nil)
	}
	out, err := c.Decompress(nil, b, limit)
	if err != nil {
		return nil, corrupt("the entry cannot be decompressed", err)
	}
	return out, nil
}

// age is how old the value is, by this machine's clock.
func (r *record) age(now time.Time) (age time.Duration, known bool) {
	if r.kind != recEnvelope {
		return 0, false
	}
	return time.Duration(max(now.UnixMilli()-r.header.created, 0)) * time.Millisecond, true
}
