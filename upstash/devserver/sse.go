//go:build !wasm

package devserver

import (
	"bufio"
	"context"
	"io"
	"iter"
	"net"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// serveSubscribe answers /subscribe/{channel} and /psubscribe/{pattern} with
// server-sent events. The body, which @upstash/redis sends as [], is ignored.
func (s *Server) serveSubscribe(rq *request, kind string) {
	if len(rq.segments) != 2 {
		fail(rq.ctx, fasthttp.StatusBadRequest, wrongArity(kind))
		return
	}
	name := rq.segments[1]
	st, err := s.backend.subscribe(s.ctx, kind, name)
	if err != nil {
		s.failBackend(rq, err)
		return
	}
	s.stream(rq, func(ctx context.Context, w *sseWriter) {
		defer st.close()
		ok := w.frame(kind + "," + name + ",1")
		for ok {
			pattern, channel, payload, err := st.next(ctx)
			switch {
			case err != nil:
				return
			case kind == "psubscribe":
				ok = w.frame("pmessage," + pattern + "," + channel + "," + payload)
			default:
				ok = w.frame("message," + channel + "," + payload)
			}
		}
	}, st.close)
}

// serveMonitor answers /monitor with the commands REST clients send.
func (s *Server) serveMonitor(rq *request) {
	if rq.rights != rightsFull {
		fail(rq.ctx, fasthttp.StatusBadRequest, "NOPERM this user has no permissions to run the 'monitor' command or its subcommand")
		return
	}
	m := s.monitors.add()
	s.stream(rq, func(ctx context.Context, w *sseWriter) {
		defer s.monitors.remove(m)
		ok := w.frame(`"OK"`)
		for ok {
			select {
			case line, open := <-m.lines:
				ok = open && w.frame(line)
			case <-ctx.Done():
				return
			}
		}
	}, func() { s.monitors.remove(m) })
}

// stream takes the connection over and runs send on it until the client leaves
// or the server stops. abandon is called instead when it cannot be taken over.
func (s *Server) stream(rq *request, send func(context.Context, *sseWriter), abandon func()) {
	s.mu.Lock()
	if s.stopping {
		s.mu.Unlock()
		abandon()
		fail(rq.ctx, fasthttp.StatusServiceUnavailable, errBackendDown.Error())
		return
	}
	s.streams.Add(1)
	s.mu.Unlock()
	head := streamHead(&rq.ctx.Response.Header)
	rq.ctx.HijackSetNoResponse(true)
	rq.ctx.Hijack(func(c net.Conn) {
		defer s.streams.Done()
		defer s.stats.open.Add(-1)
		ctx, cancel := context.WithCancel(s.ctx)
		defer cancel()
		// Reading is how one learns that the client left: it sends nothing
		// more, so the read ends with the connection.
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			_, _ = io.Copy(io.Discard, c)
			cancel()
		}()
		w := &sseWriter{c: c, w: bufio.NewWriterSize(c, 4096)}
		_, _ = w.w.WriteString(head)
		send(ctx, w)
		w.end()
		_ = c.SetReadDeadline(time.Unix(1, 0))
		<-gone
	})
}

// streamHead is the response head; what handle set (CORS) is kept.
func streamHead(h *fasthttp.ResponseHeader) string {
	var b strings.Builder
	b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n")
	for k, v := range h.All() {
		if name := string(k); strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
			b.WriteString(name + ": " + string(v) + "\r\n")
		}
	}
	b.WriteString("\r\n")
	return b.String()
}

// An sseWriter writes frames as HTTP chunks.
type sseWriter struct {
	c net.Conn
	w *bufio.Writer
}

// sseWriteTime bounds a write to a client that does not read.
const sseWriteTime = 30 * time.Second

// frame writes text as one event and flushes: a data line for each of its lines,
// then a blank line. By the rules of server-sent events the reader joins them
// with LF, so that a payload with line feeds arrives as it was published. A CR or
// CRLF, which the format cannot carry, arrives as LF.
func (w *sseWriter) frame(text string) bool {
	_ = w.c.SetWriteDeadline(time.Now().Add(sseWriteTime))
	size := len("\n")
	for line := range sseLines(text) {
		size += len("data: ") + len(line) + len("\n")
	}
	w.chunkSize(size)
	for line := range sseLines(text) {
		_, _ = w.w.WriteString("data: ")
		_, _ = w.w.WriteString(line)
		_ = w.w.WriteByte('\n')
	}
	_, _ = w.w.WriteString("\n\r\n")
	return w.w.Flush() == nil // a bufio.Writer keeps its first error
}

// sseLines cuts text at LF, CR and CRLF. There is always a line, be it empty.
func sseLines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			i := strings.IndexAny(text, "\r\n")
			if i < 0 {
				yield(text)
				return
			}
			if !yield(text[:i]) {
				return
			}
			if strings.HasPrefix(text[i:], "\r\n") {
				i++
			}
			text = text[i+1:]
		}
	}
}

func (w *sseWriter) chunkSize(n int) {
	var digits [16]byte
	i := len(digits)
	for ; n > 0; n >>= 4 {
		i--
		digits[i] = hexDigits[n&15]
	}
	_, _ = w.w.Write(digits[i:])
	_, _ = w.w.WriteString("\r\n")
}

func (w *sseWriter) end() {
	_ = w.c.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = w.w.WriteString("0\r\n\r\n")
	_ = w.w.Flush()
}
