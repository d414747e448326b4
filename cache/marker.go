package cache

import "strings"

// Markers stand where a value is missing. They must live under the value's own
// key, so that whoever deletes the key deletes the lease too; and services that
// read the key as JSON must not trip over them. So a marker is JSON null followed
// by white space, four kinds of which carry two bits each:
//
//	null␣⇥␣␣⏎...
//
// @upstash/redis and every other JSON reader sees null, which is what it returns
// for a missing key.

const (
	markerText  = "null"
	markerBytes = 18 // signature and kind, nonce, tags
	markerLen   = len(markerText) + 4*markerBytes
	// markerSign distinguishes markers, and their versions, from a null that
	// somebody has formatted.
	markerSign = 0xE0
)

const blanks = " \t\n\r"

// marker spells a marker of one of the kinds recLease, recNegative, recBackoff.
func marker(kind recordKind, nonce, tags uint64) string {
	var raw [markerBytes]byte
	raw[0] = markerSign | byte(kind)
	raw[1] = ^raw[0]
	for i := range 8 {
		raw[2+i] = byte(nonce >> (8 * i))
		raw[10+i] = byte(tags >> (8 * i))
	}
	b := make([]byte, 0, markerLen)
	b = append(b, markerText...)
	for _, v := range raw {
		for shift := 6; shift >= 0; shift -= 2 {
			b = append(b, blanks[v>>shift&3])
		}
	}
	return string(b)
}

func (r *record) parseMarker(s string) bool {
	if len(s) != markerLen || s[:len(markerText)] != markerText {
		return false
	}
	var raw [markerBytes]byte
	for i := range len(s) - len(markerText) {
		v := strings.IndexByte(blanks, s[len(markerText)+i])
		if v < 0 {
			return false
		}
		raw[i/4] = raw[i/4]<<2 | byte(v) //nolint:gosec // 0 to 3
	}
	kind := recordKind(raw[0] &^ markerSign)
	if raw[0]&markerSign != markerSign || raw[1] != ^raw[0] || kind < recLease || kind > recBackoff {
		return false
	}
	r.kind = kind
	for i := range 8 {
		r.header.nonce |= uint64(raw[2+i]) << (8 * i)
		r.header.tags |= uint64(raw[10+i]) << (8 * i)
	}
	return true
}
