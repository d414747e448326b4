package wire_test

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

func TestLimitsAreExact(t *testing.T) {
	t.Parallel()
	decode := func(body string, l wire.Limits) error {
		_, err := wire.DecodeReply([]byte(body), wire.Options{Limits: l})
		return err
	}
	resp := func(body string, l wire.Limits) error {
		_, err := wire.DecodeRESP([]byte(body), wire.Options{Limits: l})
		return err
	}
	batch := func(body string, l wire.Limits) error {
		_, _, _, err := decodeBatch(t, body, 3, wire.Options{Limits: l})
		return err
	}
	respBatch := func(body string, l wire.Limits) error {
		_, err := wire.DecodeRESPBatch([]byte(body), 3, wire.Options{Limits: l})
		return err
	}
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name   string
		decode func(string, wire.Limits) error
		body   string
		limits wire.Limits // the least that accepts it
	}{
		{"nested arrays", decode, `{"result":[[[]]]}`, wire.Limits{MaxDepth: 3, MaxElems: 2}},
		{"nested objects", decode, `{"result":{"a":{"b":[1]}}}`, wire.Limits{MaxDepth: 3, MaxElems: 5}},
		{"skipped values count for the depth only", decode, `{"x":[[1,2,3,{"a":[]}]],"result":[1]}`, wire.Limits{MaxDepth: 4, MaxElems: 1}},
		{"elements of several arrays", decode, `{"result":[[1,2],[3],4]}`, wire.Limits{MaxDepth: 2, MaxElems: 6}},
		{"batch", batch, `[{"result":[[1]]},{"error":"x"},{"result":[]}]`, wire.Limits{MaxDepth: 2, MaxElems: 5}},
		{"RESP", resp, "*2\r\n*1\r\n*0\r\n:1\r\n", wire.Limits{MaxDepth: 3, MaxElems: 3}},
		{"RESP batch", respBatch, "*1\r\n:1\r\n:2\r\n:3\r\n", wire.Limits{MaxDepth: 1, MaxElems: 4}},
		{"RESP batch of a single array", respBatch, "*2\r\n:1\r\n:2\r\n", wire.Limits{MaxDepth: 1, MaxElems: 3}},
		{"RESP batch, wrapped", respBatch, "*3\r\n:1\r\n:2\r\n:3\r\n", wire.Limits{MaxDepth: 1, MaxElems: 3}},
		{"default depth", decode, `{"result":` + nest(wire.DefaultMaxDepth) + `}`, wire.Limits{MaxDepth: wire.DefaultMaxDepth, MaxElems: wire.DefaultMaxDepth - 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := c.decode(c.body, c.limits); err != nil {
				t.Errorf("at the limits %+v: %v", c.limits, err)
			}
			if err := c.decode(c.body, wire.Limits{}); err != nil {
				t.Errorf("with default limits: %v", err)
			}
			l := c.limits
			if l.MaxDepth--; l.MaxDepth == 0 {
				l.MaxDepth = -1
			}
			if err := c.decode(c.body, l); err != wire.ErrTooDeep {
				t.Errorf("one level less: %v", err)
			}
			l = c.limits
			if l.MaxElems--; l.MaxElems == 0 {
				l.MaxElems = -1
			}
			if err := c.decode(c.body, l); err != wire.ErrTooManyElements {
				t.Errorf("one element less: %v", err)
			}
		})
	}
	if err := decode(`{"result":`+nest(wire.DefaultMaxDepth+1)+`}`, wire.Limits{}); err != wire.ErrTooDeep {
		t.Errorf("one level more than the default: %v", err)
	}
}

// The four decoders, as one type.
func decodeReply(b []byte) error {
	_, err := wire.DecodeReply(b, wire.Options{})
	return err
}

func decodeBatch1000(b []byte) error {
	_, _, _, err := wire.DecodeBatch(b, 1000, wire.Options{})
	return err
}

func decodeRESP(b []byte) error {
	_, err := wire.DecodeRESP(b, wire.Options{})
	return err
}

func decodeRESPBatch1000(b []byte) error {
	_, err := wire.DecodeRESPBatch(b, 1000, wire.Options{})
	return err
}

// Hostile bodies of a few megabytes end in the documented error after little
// memory: next to none where a header only announces something, and at most a
// few [Value] slices of the element limit (59 MB each) where elements are real.
func TestHostileBodies(t *testing.T) {
	if raceEnabled {
		t.Skip("memory cannot be compared under the race detector")
	}
	const million = 1 << 20
	deep := strings.Repeat("[", million)
	for _, c := range []struct {
		name   string
		decode func([]byte) error
		body   string
		want   error
		bytes  uint64 // memory that may be allocated
	}{
		{"nested arrays", decodeReply, `{"result":` + deep, wire.ErrTooDeep, 20 << 10},
		{"nested objects", decodeReply, `{"result":` + strings.Repeat(`{"a":`, million), wire.ErrTooDeep, 60 << 10},
		{"nested arrays, skipped", decodeReply, `{"x":` + deep, wire.ErrTooDeep, 1 << 10},
		{"nested objects, skipped", decodeReply, `{"x":` + strings.Repeat(`{"a":`, million), wire.ErrTooDeep, 1 << 10},
		{"nested arrays in a batch", decodeBatch1000, `[{"result":` + deep, wire.ErrTooDeep, 100 << 10},
		{"nested RESP", decodeRESP, strings.Repeat("*1\r\n", million), wire.ErrTooDeep, 20 << 10},
		{"nested long RESP", decodeRESP, strings.Repeat("*10000\r\n", million), wire.ErrTooDeep, 40 << 20},
		{"nested longest RESP", decodeRESP, strings.Repeat("*999999\r\n", million), wire.ErrTooManyElements, 60 << 20},
		{"RESP arrays of more than the rest", decodeRESP, strings.Repeat("*1000\r\n", 63) + strings.Repeat("+\r\n", 1000), wire.ErrUnexpectedEnd, 80 << 10},
		{"nested RESP in a batch", decodeRESPBatch1000, strings.Repeat("*1\r\n", million), wire.ErrTooDeep, 20 << 10},
		{"too many nulls", decodeReply, `{"result":[` + strings.Repeat("null,", million) + "null]}", wire.ErrTooManyElements, 180 << 20},
		{"too many members", decodeReply, `{"result":{"":1` + strings.Repeat(`,"":1`, million) + "}}", wire.ErrTooManyElements, 180 << 20},
		{"too many answers", decodeBatch1000, "[" + strings.Repeat(`{"result":0},`, million) + `{"result":0}]`, wire.ErrTooManyElements, 180 << 20},
		{"too many replies", decodeRESPBatch1000, strings.Repeat("+\r\n", million+1), wire.ErrTooManyElements, 180 << 20},
		{"commas in strings", decodeReply, `{"result":[` + strings.Repeat(`["`+strings.Repeat(",", 1021)+`"],`, 16<<10) + "1]}", nil, 120 << 20},
		{"brackets in strings", decodeReply, `{"result":[` + strings.Repeat(`["[[[[]]]]"],`, million/8) + "1]}", nil, 60 << 20},
		{"RESP announces a billion", decodeRESP, "*1000000000\r\n", wire.ErrTooManyElements, 1 << 10},
		{"RESP announces a million", decodeRESP, "*1000000\r\n:1\r\n", wire.ErrUnexpectedEnd, 1 << 10},
		{"RESP bulk announces a terabyte", decodeRESP, "$1099511627776\r\nab", wire.ErrUnexpectedEnd, 1 << 10},
		{"batch announces a billion", decodeRESPBatch1000, "*1000000000\r\n", wire.ErrTooManyElements, 1 << 10},
		{"escapes without an end", decodeReply, `{"result":"` + strings.Repeat(`\u0041\"`, million/4), wire.ErrUnexpectedEnd, 1 << 10},
		{"bad UTF-8 in a key", decodeReply, `{"` + strings.Repeat("\xff", million) + `":1,"result":1}`, nil, 4 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(c.body)
			used := ^uint64(0)
			for n := 0; n < 5 && used > c.bytes; n++ { // the runtime may allocate something meanwhile
				input := bytes.Clone(body) // it is decoded in place
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err := c.decode(input)
				runtime.ReadMemStats(&after)
				if !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				used = min(used, after.TotalAlloc-before.TotalAlloc)
			}
			if used > c.bytes {
				t.Errorf("allocated %d bytes for a body of %d, limit %d", used, len(body), c.bytes)
			}
		})
	}
}
