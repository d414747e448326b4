//go:build js

package upstash

import (
	"context"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall/js"
)

// readHeader reads what resp has fields for, and returns the headers.
func (h *fetchHost) readHeader(answer js.Value, resp *Response) (headers js.Value, err error) {
	headers = answer.Get("headers")
	resp.Status = answer.Get("status").Int()
	if resp.Status == 0 {
		resp.Status = 302 // or another: a browser keeps that from scripts
		return headers, redirected()
	}
	for i := range fetchFields {
		resp.set(i, h.header(headers, i))
	}
	return headers, nil
}

// set sets the field for a header by its place in fetchNames.
//
//go:noinline
func (r *Response) set(i int, value string) {
	field := [...]*[]byte{&r.ContentType, &r.SyncToken, &r.RetryAfter}[i]
	*field = append(*field, value...)
}

// header returns a header by its place in fetchNames, "" when it is absent or
// hidden.
func (h *fetchHost) header(headers js.Value, i int) string {
	if v := headers.Call("get", h.names[i]); v.Type() == js.TypeString {
		return v.String()
	}
	return ""
}

// receive reads an answer into resp.
func (x *fetchExchange) receive(t *FetchTransport, answer js.Value, limit int, resp *Response) error {
	h := &t.host
	headers, err := h.readHeader(answer, resp)
	if err != nil {
		return err
	}
	if limit > 0 {
		n, known := parseInt(h.header(headers, fetchLength))
		if known && n > int64(limit) {
			return ErrResponseTooLarge
		}
		// Content-Length counts the compressed bytes, and a browser hides from scripts
		// of other origins that there is a compression.
		if !known || h.header(headers, fetchEncoding) != "" || answer.Get("type").Equal(h.cors) {
			return x.readPieces(answer.Get("body"), limit, resp)
		}
	}
	// The length is known: one promise will do.
	buffer, err := x.await(answer.Call("arrayBuffer"))
	if err != nil {
		return err
	}
	return appendBytes(resp, h.bytes.New(buffer[0]), limit)
}

// readPieces reads a body of unknown length and stops at limit.
func (x *fetchExchange) readPieces(body js.Value, limit int, resp *Response) error {
	if body.Type() != js.TypeObject {
		return nil
	}
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
	if err != nil || result[0].Get("done").Bool() {
		return js.Value{}, err
	}
	return result[0].Get("value"), nil
}

// appendBytes appends piece to the body, which may have limit bytes.
func appendBytes(resp *Response, piece js.Value, limit int) error {
	n := piece.Length()
	have := len(resp.Body)
	if limit > 0 && n > limit-have {
		return ErrResponseTooLarge
	}
	resp.Body = append(resp.Body, make([]byte, n)...) // no copy is made of the argument
	js.CopyBytesToGo(resp.Body[have:], piece)
	fetchDebt(n)
	return nil
}

// readPosted reads what post has called back with: the body with the headers behind
// it, each in a line; the length of the body, -1 when it is too large; the status.
func readPosted(args []js.Value, resp *Response) error {
	resp.Status = args[2].Int()
	if err := appendBytes(resp, args[0], 0); err != nil {
		return err
	}
	n := args[1].Int()
	if n > len(resp.Body) {
		return errFetchOdd
	}
	tail := string(resp.Body[max(n, 0):])
	resp.Body = resp.Body[:max(n, 0)]
	for i := range fetchFields {
		var line string
		line, tail, _ = cut(tail, "\n")
		resp.set(i, line)
	}
	if n < 0 {
		return ErrResponseTooLarge
	}
	return nil
}

// stream hands over an answer whose header is there.
func (x *fetchExchange) stream(t *FetchTransport, answer js.Value) (*Stream, error) {
	var resp Response
	if _, err := t.host.readHeader(answer, &resp); err != nil {
		return nil, err
	}
	b := &fetchStream{x: x}
	if body := answer.Get("body"); body.Type() == js.TypeObject {
		b.reader = body.Call("getReader")
	}
	x.closed = make(chan struct{})
	b.stop = context.AfterFunc(x.ctx, func() { _ = b.Close() })
	return &Stream{Status: resp.Status, ContentType: string(resp.ContentType), Body: b}, nil
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
	b.piece, b.next, b.size = piece, 0, piece.Length()
	fetchDebt(b.size)
	return nil
}

// Close implements io.Closer.
func (b *fetchStream) Close() error {
	b.once.Do(func() {
		b.stop()
		close(b.x.closed)
		b.x.abandon()
		b.x.end(false)
	})
	return nil
}

// fetchPaid is how many bytes the host may hold for values of ours that the
// garbage collector has not looked at. It knows nothing of their size: without
// this 64 KiB bodies fill the host's memory before a few MiB of Go's are used.
const fetchPaid = 8 << 20

var fetchOwed atomic.Int64

// fetchDebt notes n bytes of the host's.
func fetchDebt(n int) {
	if fetchOwed.Add(int64(n)) >= fetchPaid {
		fetchOwed.Store(0)
		runtime.GC()
	}
}
