package wire_test

import (
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// Allocations are part of what this package promises: see its documentation.
func TestDecodeAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	b64, plain := wire.Options{Base64: true}, wire.Options{}
	array := `{"result":["` + strings.Repeat(alnum(16)+`","`, 49) + `last"]}`
	for _, c := range []struct {
		name string
		body string
		n    int // commands; 0 for a single reply
		o    wire.Options
		want float64
	}{
		{"status OK", `{"result":"OK"}`, 0, b64, 0},
		{"plain OK", `{"result":"OK"}`, 0, plain, 0},
		{"integer", `{"result":-9223372036854775808}`, 0, b64, 0},
		{"null", `{"result":null}`, 0, b64, 0},
		{"empty string", `{"result":""}`, 0, b64, 0},
		{"string", string(jsonBody(alnum(16), 0, true)), 0, b64, 1},
		{"plain string", string(jsonBody(alnum(16), 0, false)), 0, plain, 1},
		{"64 KiB", string(jsonBody(alnum(64<<10), 0, true)), 0, b64, 1},
		{"plain 64 KiB", string(jsonBody(alnum(64<<10), 0, false)), 0, plain, 1},
		{"string with escapes", `{"result":"a\n\u00e4\/ and so on"}`, 0, plain, 1},
		{"base64 with escapes", `{"result":"UE9ORy\/\/UE9ORw\u003d\u003d"}`, 0, b64, 1},
		{"error", `{"error":"ERR no such key"}`, 0, b64, 1},
		{"array of 50", array, 0, plain, 2},
		{"pipeline of 100", string(jsonBody(alnum(16), 100, true)), 100, b64, 2},
		{"pipeline of 1000", string(jsonBody(alnum(16), 1000, true)), 1000, b64, 2},
		{"plain pipeline of 1000", string(jsonBody(alnum(16), 1000, false)), 1000, plain, 2},
		{"pipeline of 1000 integers", "[" + strings.Repeat(`{"result":1},`, 999) + `{"result":"OK"}]`, 1000, b64, 1},
		{"100 values of 1 KiB share blocks", string(jsonBody(alnum(1<<10), 100, true)), 100, b64, 1 + 4},
		{"100 values above 1 KiB do not", string(jsonBody(alnum(1<<10+1), 100, true)), 100, b64, 1 + 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(c.body)
			got := testing.AllocsPerRun(20, func() {
				copy(body, c.body)
				var err error
				if c.n == 0 {
					sinkValue, err = wire.DecodeReply(body, c.o)
				} else {
					sinkValues, _, _, err = wire.DecodeBatch(body, c.n, c.o)
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			if got != c.want {
				t.Errorf("%v allocations, want %v", got, c.want)
			}
		})
	}
}

func TestOtherAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	one, many := respBody(alnum(16), 0), respBody(alnum(16), 1000)
	text := string(jsonBody(alnum(16), 1000, true))
	body := []byte(text)
	cmds := [][]string{{"SET", "k", "v\"ä\n"}, {"GET", alnum(3000)}}
	var buf []byte
	for _, c := range []struct {
		name string
		f    func()
		want float64
	}{
		{"RESP", func() { sinkValue, _ = wire.DecodeRESP(one, wire.Options{}) }, 1},
		{"RESP batch", func() { sinkValues, _ = wire.DecodeRESPBatch(many, 1000, wire.Options{}) }, 2},
		{"DecodeBatchFunc", func() {
			copy(body, text)
			sum := 0
			_, _, _ = wire.DecodeBatchFunc(body, wire.Options{Base64: true}, func(_ int, v wire.Value) { sum += len(v.Str) })
			if sum != 16000 {
				t.Errorf("%d bytes", sum)
			}
		}, 1},
		{"AppendCommand", func() { buf, _ = wire.AppendCommand(buf[:0], cmds[0]) }, 0},
		{"AppendBatch", func() {
			buf, _, _ = wire.AppendBatch(buf[:0], 2, func(i int) []string { return cmds[i] })
		}, 0},
	} {
		c.f() // fills the buffer
		if got := testing.AllocsPerRun(20, c.f); got != c.want {
			t.Errorf("%s: %v allocations, want %v", c.name, got, c.want)
		}
	}
}
