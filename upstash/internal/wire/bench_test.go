package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/internal/wire"
)

// benchSizes are the shapes that the peers were measured with: one value of
// so many bytes, or a pipeline of so many commands with values of 16 bytes.
var benchSizes = []struct {
	name string
	size int // of each value
	pipe int // 0 for a single reply
}{
	{"one16", 16, 0},
	{"one1k", 1 << 10, 0},
	{"one64k", 64 << 10, 0},
	{"pipe100", 16, 100},
	{"pipe1000", 16, 1000},
}

func alnum(n int) string {
	const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for i := range n {
		b.WriteByte(chars[(i*7+n)%len(chars)])
	}
	return b.String()
}

// jsonBody is an answer with n values s (one, without an array, for n = 0).
func jsonBody(s string, n int, b64 bool) []byte {
	if b64 {
		s = base64.StdEncoding.EncodeToString([]byte(s))
	}
	one := `{"result":"` + s + `"}`
	if n == 0 {
		return []byte(one)
	}
	return []byte("[" + strings.Repeat(one+",", n-1) + one + "]")
}

func respBody(s string, n int) []byte {
	return []byte(strings.Repeat("$"+strconv.Itoa(len(s))+"\r\n"+s+"\r\n", max(n, 1)))
}

var (
	sinkValue  wire.Value
	sinkValues []wire.Value
	sinkAny    any
)

func BenchmarkDecode(b *testing.B) {
	for _, c := range benchSizes {
		b.Run(c.name, func(b *testing.B) {
			s := alnum(c.size)
			for _, b64 := range []bool{true, false} {
				name := "plain"
				if b64 {
					name = "base64"
				}
				body := jsonBody(s, c.pipe, b64)
				b.Run(name, func(b *testing.B) { benchJSON(b, body, c.pipe, b64) })
				b.Run("encoding-json-"+name, func(b *testing.B) { benchStdlib(b, body, c.pipe, b64) })
			}
			b.Run("resp2", func(b *testing.B) { benchRESP(b, respBody(s, c.pipe), c.pipe) })
		})
	}
}

// benchJSON copies the body first, as it arrives anew each time; copying is
// part of the transport's work, and small beside decoding.
func benchJSON(b *testing.B, body []byte, n int, b64 bool) {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	o := wire.Options{Base64: b64}
	buf := make([]byte, len(body))
	var err error
	for b.Loop() {
		copy(buf, body)
		if n == 0 {
			sinkValue, err = wire.DecodeReply(buf, o)
		} else {
			sinkValues, _, _, err = wire.DecodeBatch(buf, n, o)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchRESP(b *testing.B, body []byte, n int) {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	var err error
	for b.Loop() {
		if n == 0 {
			sinkValue, err = wire.DecodeRESP(body, wire.Options{})
		} else {
			sinkValues, err = wire.DecodeRESPBatch(body, n, wire.Options{})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// benchStdlib is what a client without a decoder of its own does.
func benchStdlib(b *testing.B, body []byte, n int, b64 bool) {
	type answer struct {
		Result any    `json:"result"`
		Error  string `json:"error"`
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var one answer
		var all []answer
		var err error
		if n == 0 {
			err = json.Unmarshal(body, &one)
			all = append(all, one)
		} else {
			err = json.Unmarshal(body, &all)
		}
		if err != nil {
			b.Fatal(err)
		}
		for i := range all {
			if b64 {
				p, err := base64.StdEncoding.DecodeString(all[i].Result.(string))
				if err != nil {
					b.Fatal(err)
				}
				all[i].Result = string(p)
			}
		}
		sinkAny = all
	}
}

// BenchmarkStdlibBase64 is encoding/base64 alone, into a ready buffer, to compare
// with what a whole reply takes.
func BenchmarkStdlibBase64(b *testing.B) {
	for _, n := range []int{16, 1 << 10, 64 << 10} {
		text := []byte(base64.StdEncoding.EncodeToString([]byte(alnum(n))))
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			buf := make([]byte, n+3)
			for b.Loop() {
				if _, err := base64.StdEncoding.Decode(buf, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
	}{{"set16", 16}, {"set1k", 1 << 10}, {"set64k", 64 << 10}} {
		args := []string{"SET", "bench:16", alnum(c.size), "EX", "100"}
		b.Run(c.name+"/wire", func(b *testing.B) { benchEncode(b, args) })
		b.Run(c.name+"/encoding-json", func(b *testing.B) { benchMarshal(b, args) })
	}
	utf := strings.Repeat("Größe 10 µm, ценa 5 €; ", 46)[:1024]
	utf = strings.ToValidUTF8(utf, "")
	b.Run("set1k-utf8/wire", func(b *testing.B) { benchEncode(b, []string{"SET", "k", utf}) })
	b.Run("set1k-utf8/encoding-json", func(b *testing.B) { benchMarshal(b, []string{"SET", "k", utf}) })
	doc := strings.Repeat(`{"name":"value","n":12},`, 43)
	b.Run("set1k-json/wire", func(b *testing.B) { benchEncode(b, []string{"SET", "k", doc}) })
	b.Run("set1k-json/encoding-json", func(b *testing.B) { benchMarshal(b, []string{"SET", "k", doc}) })
	for _, n := range []int{100, 1000} {
		cmds := make([][]string, n)
		for i := range cmds {
			cmds[i] = []string{"GET", "bench:16"}
		}
		name := "pipe" + strconv.Itoa(n)
		b.Run(name+"/wire", func(b *testing.B) { benchEncodeBatch(b, cmds) })
		b.Run(name+"/encoding-json", func(b *testing.B) { benchMarshal(b, cmds) })
	}
}

func benchEncode(b *testing.B, args []string) {
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		out, bad := wire.AppendCommand(buf[:0], args)
		if bad >= 0 {
			b.Fatal(bad)
		}
		buf = out
	}
}

func benchEncodeBatch(b *testing.B, cmds [][]string) {
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		out, bad, _ := wire.AppendBatch(buf[:0], len(cmds), func(i int) []string { return cmds[i] })
		if bad >= 0 {
			b.Fatal(bad)
		}
		buf = out
	}
}

func benchMarshal(b *testing.B, v any) {
	b.ReportAllocs()
	for b.Loop() {
		p, err := json.Marshal(v)
		if err != nil {
			b.Fatal(err)
		}
		sinkAny = p
	}
}
