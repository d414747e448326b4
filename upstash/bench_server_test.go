//go:build unix

package upstash_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/valyala/fasthttp"
)

// The benchmarks measure the client's own CPU time, so the server they talk to
// runs in a process of its own: this test binary, started again.

const cannedEnv = "EDGEREDIS_CANNED_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(cannedEnv) != "" {
		serveReplies()
		return
	}
	os.Exit(m.Run())
}

// serveReplies answers each distinct request once by looking at it, and from
// memory afterwards: it costs as little as a server can.
func serveReplies() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	go func() { // the parent holds the other end: no server outlives it
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		os.Exit(0)
	}()
	var memo sync.Map
	handler := func(ctx *fasthttp.RequestCtx) {
		resp2 := len(ctx.Request.Header.Peek("Upstash-Response-Format")) > 0
		key := string(ctx.Path()) + strconv.FormatBool(resp2) + string(ctx.Request.Body())
		body, ok := memo.Load(key)
		if !ok {
			body = cannedAnswer(string(ctx.Path()), ctx.Request.Body(), resp2)
			memo.Store(key, body)
		}
		ctx.SetContentType("application/json")
		if resp2 {
			ctx.SetContentType("application/octet-stream")
		}
		ctx.SetBody(body.([]byte))
	}
	s := &fasthttp.Server{Handler: handler, NoDefaultServerHeader: true, NoDefaultDate: true, MaxRequestBodySize: 64 << 20}
	panic(s.Serve(ln))
}

func cannedAnswer(path string, body []byte, resp2 bool) []byte {
	cmds := make([][]any, 1)
	batch := path != "/"
	var err error
	if batch {
		err = json.Unmarshal(body, &cmds)
	} else {
		err = json.Unmarshal(body, &cmds[0])
	}
	if err != nil {
		return []byte(`{"error":"ERR canned server: ` + err.Error() + `"}`)
	}
	var items []string
	for _, c := range cmds {
		items = append(items, cannedReply(c, resp2))
	}
	switch {
	case resp2:
		return []byte(strings.Join(items, ""))
	case batch:
		return []byte("[" + strings.Join(items, ",") + "]")
	}
	return []byte(items[0])
}

// cannedReply knows GET bench:<size>, SET and EVAL.
func cannedReply(cmd []any, resp2 bool) string {
	switch cmd[0] {
	case "GET":
		v := cannedValue(cmd[1].(string))
		if resp2 {
			return "$" + strconv.Itoa(len(v)) + "\r\n" + v + "\r\n"
		}
		return `{"result":"` + base64.StdEncoding.EncodeToString([]byte(v)) + `"}`
	case "EVAL":
		if resp2 {
			return "*3\r\n:1\r\n:99\r\n:60000\r\n"
		}
		return `{"result":[1,99,60000]}`
	}
	if resp2 {
		return "+OK\r\n"
	}
	return `{"result":"OK"}`
}

// cannedValue is alphanumeric text of the length that the key names.
func cannedValue(key string) string {
	n, err := strconv.Atoi(strings.TrimPrefix(key, "bench:"))
	if err != nil {
		panic(key)
	}
	return strings.Repeat("abcdefghijklmnopqrstuvwxyz012345", n/32+1)[:n]
}

// startReplies starts the server process and returns its address.
func startReplies(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), cannedEnv+"=1", "GOMAXPROCS=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}
