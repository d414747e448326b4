//go:build js

package upstash

import (
	"context"
	"io"
	"runtime"
	"sync"
	"syscall/js"
)

// receive reads an answer into resp.
func (x *fetchExchange) receive(t *FetchTransport, answer js.Value, limit int, resp *Response) (err error) {
	defer thrown(&err)
	h, err := t.host.readHeader(answer)
	resp.Status = h.status
	if err != nil {
		return err
	}
	resp.ContentType = append(resp.ContentType[:0], h.contentType...)
	resp.SyncToken = append(resp.SyncToken[:0], h.get(t.host.syncToken)...)
	resp.RetryAfter = append(resp.RetryAfter[:0], h.get(t.host.retryAfter)...)
	body := answer.Get("body")
	switch {
	case body.IsNull() || body.IsUndefined():
		return nil
	case limit > 0 && h.length > limit:
		return ErrResponseTooLarge
	case limit <= 0 || h.lengthIsTrue():
		return x.readWhole(t, answer, limit, resp)
	}
	return x.readPieces(body, limit, resp)
}

// readWhole reads a body whose length is known, with one promise.
func (x *fetchExchange) readWhole(t *FetchTransport, answer js.Value, limit int, resp *Response) error {
	buffer, err := x.await(answer.Call("arrayBuffer"))
	if err != nil {
		return err
	}
	return appendBytes(resp, t.host.bytes.New(buffer), limit)
}

// readPieces reads a body of unknown length and stops at limit.
func (x *fetchExchange) readPieces(body js.Value, limit int, resp *Response) error {
	reader := body.Call("getReader")
	for {
		piece, err := x.readPiece(reader)
		if err != nil || piece.IsUndefined() {
			return err
		}
		if err := appendBytes(resp, piece, limit); err != nil {
			return err
		}
	}
}

// readPiece returns the next Uint8Array, undefined at the end.
func (x *fetchExchange) readPiece(reader js.Value) (js.Value, error) {
	result, err := x.await(reader.Call("read"))
	if err != nil || result.Get("done").Bool() {
		return js.Value{}, err
	}
	return result.Get("value"), nil
}

// appendBytes appends piece to the body, which may have limit bytes.
func appendBytes(resp *Response, piece js.Value, limit int) error {
	n := piece.Get("length").Int()
	have := len(resp.Body)
	if limit > 0 && n > limit-have {
		return ErrResponseTooLarge
	}
	resp.Body = append(resp.Body, make([]byte, n)...) // no copy is made of the argument
	js.CopyBytesToGo(resp.Body[have:], piece)
	fetchDebt(n)
	return nil
}

// A fetchHeader is what is read of an answer's header.
type fetchHeader struct {
	host            *fetchHost
	answer, headers js.Value
	status          int
	contentType     string
	length          int // Content-Length, -1 when it says nothing
}

func (host *fetchHost) readHeader(answer js.Value) (fetchHeader, error) {
	h := fetchHeader{host: host, answer: answer, headers: answer.Get("headers"), status: answer.Get("status").Int()}
	if h.status == 0 {
		h.status = 302 // or another: a browser keeps that from scripts
		return h, errFetchRedirect
	}
	h.contentType = h.get(host.contentType)
	h.length = -1
	if n, ok := parseInt(h.get(host.contentLength)); ok {
		h.length = int(n)
	}
	return h, nil
}

// get returns a header, "" when it is absent or hidden.
func (h *fetchHeader) get(name js.Value) string {
	if v := h.headers.Call("get", name); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// lengthIsTrue reports whether the body has as many bytes as Content-Length says:
// it counts the compressed ones, and a browser hides from scripts of other
// origins that there is a compression.
func (h *fetchHeader) lengthIsTrue() bool {
	if h.length < 0 || h.answer.Get("type").String() == "cors" {
		return false
	}
	encoding := h.get(h.host.contentEncoding)
	return encoding == "" || encoding == "identity"
}

// stream hands over an answer whose header is there.
func (x *fetchExchange) stream(t *FetchTransport, answer js.Value) (s *Stream, err error) {
	defer thrown(&err)
	h, err := t.host.readHeader(answer)
	if err != nil {
		return nil, err
	}
	b := &fetchStream{x: x}
	if body := answer.Get("body"); body.Truthy() {
		b.reader = body.Call("getReader")
	}
	x.closed = make(chan struct{})
	b.stop = context.AfterFunc(x.ctx, func() { _ = b.Close() })
	return &Stream{Status: h.status, ContentType: h.contentType, Body: b}, nil
}

// A fetchStream is the body of a Stream.
type fetchStream struct {
	x      *fetchExchange
	reader js.Value // undefined: no body
	stop   func() bool
	once   sync.Once

	// Of the goroutine that reads.
	piece js.Value // what has arrived and is not yet read: from next on
	next  int
	size  int
	err   error
}

// Read implements io.Reader.
func (b *fetchStream) Read(p []byte) (int, error) {
	switch {
	case b.x.ctx.Err() != nil:
		return 0, httpEnded(b.x.ctx)
	case len(p) == 0:
		return 0, nil
	}
	for b.next == b.size && b.err == nil {
		b.err = b.fill()
	}
	if b.err != nil {
		return 0, b.err
	}
	n := min(len(p), b.size-b.next)
	js.CopyBytesToGo(p[:n], b.piece.Call("subarray", b.next, b.next+n))
	b.next += n
	if b.next == b.size {
		b.piece = js.Value{}
	}
	return n, nil
}

// fill waits for the next piece.
func (b *fetchStream) fill() (err error) {
	defer thrown(&err)
	if b.reader.IsUndefined() {
		return io.EOF
	}
	if err = b.x.enter(); err != nil {
		return err
	}
	piece, err := b.x.readPiece(b.reader)
	switch {
	case b.x.ctx.Err() != nil:
		return httpEnded(b.x.ctx)
	case err != nil:
		return err
	case piece.IsUndefined():
		return io.EOF
	}
	b.piece, b.next, b.size = piece, 0, piece.Get("length").Int()
	fetchDebt(b.size)
	return nil
}

// Close implements io.Closer.
func (b *fetchStream) Close() error {
	b.once.Do(func() {
		b.stop()
		close(b.x.closed)
		b.x.abandon()
		b.x.end()
	})
	return nil
}

// fetchPaid is how many bytes the host may hold for values of ours that the
// garbage collector has not looked at. It knows nothing of their size: without
// this 64 KiB bodies fill the host's memory before a few MiB of Go's are used.
const fetchPaid = 8 << 20

var fetchOwed struct {
	mu sync.Mutex
	n  int // guarded by mu
}

// fetchDebt notes n bytes of the host's.
func fetchDebt(n int) {
	fetchOwed.mu.Lock()
	fetchOwed.n += n
	due := fetchOwed.n >= fetchPaid
	if due {
		fetchOwed.n = 0
	}
	fetchOwed.mu.Unlock()
	if due {
		runtime.GC()
	}
}
