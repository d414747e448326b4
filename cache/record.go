package cache

import (
	"encoding/base64"
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
}

const envelopePrefix = "~er1;"

// parse never fails: what cannot be an envelope is a plain value, what begins
// like one and is none is broken.
func parse(raw string) record {
	if strings.HasPrefix(raw, envelopePrefix) {
		return parseEnvelope(raw)
	}
	if kind, h, ok := parseMarker(raw); ok {
		return record{kind: kind, raw: raw, header: h}
	}
	return record{kind: recPlain, raw: raw, payload: raw}
}

// reserved reports whether a plain value would be taken for something else.
func reserved(value []byte) bool {
	if len(value) >= len(envelopePrefix) && string(value[:len(envelopePrefix)]) == envelopePrefix {
		return true
	}
	if len(value) != markerLen {
		return false
	}
	_, _, ok := parseMarker(string(value))
	return ok
}

const headerFields = 9

func parseEnvelope(raw string) record {
	broken := record{kind: recBroken, raw: raw}
	flags, rest, ok := strings.Cut(raw[len(envelopePrefix):], ";")
	if !ok || len(flags) > 3 {
		return broken
	}
	fields, payload, ok := strings.Cut(rest, ";")
	if !ok || len(fields) > 128 {
		return broken
	}
	var h header
	for i := range len(flags) {
		switch b := flags[i]; {
		case b == 'L':
			h.leased = true
		case b == 'B':
			h.base64 = true
		case validCompressorID(b):
			h.compressor = b
		default:
			return broken
		}
	}
	var n [headerFields]uint64
	for i := range n {
		var field string
		field, fields, ok = strings.Cut(fields, ",")
		if !ok != (i == headerFields-1) {
			return broken
		}
		if field == "" {
			continue
		}
		v, err := strconv.ParseUint(field, 36, 64)
		if err != nil || i < 6 && v > 1<<53 || i == 8 && v > 1<<32-1 {
			return broken
		}
		n[i] = v
	}
	h.created, h.ttl, h.stale = int64(n[0]), int64(n[1]), int64(n[2])    //nolint:gosec // bounded above
	h.grace, h.load, h.notBefore = int64(n[3]), int64(n[4]), int64(n[5]) //nolint:gosec // bounded above
	h.nonce, h.tags, h.version = n[6], n[7], uint32(n[8])                //nolint:gosec // bounded above
	return record{kind: recEnvelope, raw: raw, header: h, payload: payload}
}

// envelope spells a header and a payload.
func envelope(h header, payload []byte) string {
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
		n, err := base64.StdEncoding.Decode(b, b)
		if err != nil {
			return nil, corrupt("the entry is not base64", nil)
		}
		b = b[:n]
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
