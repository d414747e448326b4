//go:build unix

package benchmarks_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"
)

// serveCanned starts the server and prints its address.
func serveCanned() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + ln.Addr().String())
	s := &fasthttp.Server{Handler: canned, NoDefaultServerHeader: true, NoDefaultDate: true}
	go func() { panic(s.Serve(ln)) }()
}

var answers sync.Map // request to response

// canned reads a request of GETs when it comes for the first time, and answers it
// from memory afterwards: it costs as little as a server can.
func canned(ctx *fasthttp.RequestCtx) {
	resp2 := len(ctx.Request.Header.Peek("Upstash-Response-Format")) > 0
	request := strconv.FormatBool(resp2) + string(ctx.Path()) + string(ctx.Request.Body())
	answer, ok := answers.Load(request)
	if !ok {
		answer = getReplies(ctx.Request.Body(), string(ctx.Path()) != "/", resp2)
		answers.Store(request, answer)
	}
	ctx.SetContentType("application/json")
	if resp2 {
		ctx.SetContentType("application/octet-stream")
	}
	ctx.SetBody(answer.([]byte)) //nolint:forcetypeassert // nothing else is stored
}

func getReplies(body []byte, batch, resp2 bool) []byte {
	if !batch {
		body = []byte("[" + string(body) + "]")
	}
	var cmds [][]string
	if err := json.Unmarshal(body, &cmds); err != nil {
		panic(err)
	}
	var b bytes.Buffer
	for i, c := range cmds {
		v := value(c[1])
		switch {
		case resp2:
			fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(v), v)
		default:
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`{"result":"` + base64.StdEncoding.EncodeToString([]byte(v)) + `"}`)
		}
	}
	if batch && !resp2 {
		return []byte("[" + b.String() + "]")
	}
	return b.Bytes()
}

// key is the name of the i-th key, and value what is stored there: 16 bytes, but
// for the profile of the cache contests.
func key(i int) string { return fmt.Sprintf("bench:%04d", i) }

func value(key string) string {
	if key == profileKey {
		return profileJSON()
	}
	return "value-" + strings.TrimPrefix(key, "bench:") + "-bytes"
}
