package cache

import (
	"reflect"
	"strings"
	"testing"
)

func parse(raw string) (r record) {
	r.parse(raw)
	return r
}

func TestMarkerRoundTrip(t *testing.T) {
	t.Parallel()
	for _, kind := range []recordKind{recLease, recNegative, recBackoff} {
		for _, n := range []uint64{0, 1, 1<<64 - 1, 0x0123456789abcdef} {
			s := marker(kind, n, ^n)
			r := parse(s)
			if r.kind != kind || r.header.nonce != n || r.header.tags != ^n {
				t.Errorf("%d, %x: read back as %+v", kind, n, r)
			}
			if len(s) != markerLen || strings.Trim(s, " \t\r\n") != "null" {
				t.Errorf("%q is not JSON null", s)
			}
		}
	}
}

// FuzzParse checks that nothing panics, that plain values stay what they are, and
// that what is reserved is exactly what would be mistaken.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "null", "{}", "~er1;", "~er1;L;1,2,3,4,5,6,7,8,9;x", "~er1;;;", "~er1;LBs;,,,,,,,,;", "~er1;;1,2,3,4,5,6,7,8,9,a;x", "~er1;a;;",
		marker(recLease, 7, 8), marker(recNegative, 1, 2), strings.Repeat(" ", markerLen), envelope(&header{created: 5, nonce: 9}, []byte("v")),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := parse(s)
		if r.raw != s {
			t.Fatalf("raw is %q", r.raw)
		}
		if (r.kind == recPlain) == reserved([]byte(s)) {
			t.Fatalf("%q: kind %d, reserved %v", s, r.kind, reserved([]byte(s)))
		}
		switch r.kind {
		case recPlain:
			if r.payload != s {
				t.Fatalf("payload is %q", r.payload)
			}
		case recEnvelope:
			again := parse(envelope(&r.header, []byte(r.payload)))
			if again.kind != recEnvelope || !reflect.DeepEqual(again.header, r.header) || again.payload != r.payload {
				t.Fatalf("%q is read back as %+v", s, again)
			}
		}
		if _, err := r.value(nil, 100); err == nil && r.header.compressor != 0 {
			t.Fatal("decompressed without a compressor")
		}
	})
}

// FuzzEnvelope checks that any payload comes back.
func FuzzEnvelope(f *testing.F) {
	f.Add(int64(1), int64(2), uint64(3), "payload;with,marks")
	f.Fuzz(func(t *testing.T, created, ttl int64, nonce uint64, payload string) {
		h := header{created: created & (1<<52 - 1), ttl: ttl & (1<<52 - 1), nonce: nonce, tags: ^nonce, version: uint32(nonce), leased: nonce&1 == 1}
		r := parse(envelope(&h, []byte(payload)))
		if r.kind != recEnvelope || !reflect.DeepEqual(r.header, h) || r.payload != payload {
			t.Fatalf("read back as %+v", r)
		}
	})
}

func TestDigest(t *testing.T) {
	t.Parallel()
	// XXH3-64 of the empty input with seed 0, from the algorithm's own tests.
	if got := digest(""); got != "2d06800538d394c2" {
		t.Errorf("digest of nothing is %s", got)
	}
}
