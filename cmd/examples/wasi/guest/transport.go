//go:build wasip1

package main

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A hostTransport sends requests through the function that the host lends. The
// program stands still while the host works, so the end of a context is obeyed by
// telling the host how much time there is.
type hostTransport struct{}

var (
	errHostNotSent = errors.New("host: no connection")
	errHostLost    = errors.New("host: the exchange failed after the request was sent")
	errHostAnswer  = errors.New("host: an answer without head")
)

// RoundTrip implements upstash.Transport.
func (hostTransport) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	if err := ctx.Err(); err != nil {
		return upstash.NotSent(err)
	}
	var header strings.Builder
	for _, f := range req.Header {
		header.WriteString(f.Name + ": " + f.Value + "\n")
	}
	timeout := int64(0) // none
	end := req.Deadline
	if d, ok := ctx.Deadline(); ok && (end.IsZero() || d.Before(end)) {
		end = d
	}
	if !end.IsZero() {
		timeout = time.Until(end).Milliseconds()
		if timeout <= 0 {
			return upstash.NotSent(context.DeadlineExceeded)
		}
	}
	answer, n := call(req.URL, header.String(), req.Body, timeout, int64(req.MaxResponse))
	switch n {
	case -1:
		return upstash.NotSent(errHostNotSent)
	case -2:
		return context.DeadlineExceeded
	case -3:
		return upstash.ErrResponseTooLarge
	}
	if n < 0 {
		return errHostLost
	}
	return fill(resp, answer)
}

// fill takes an answer apart.
func fill(resp *upstash.Response, answer []byte) error {
	var head [4][]byte
	for i := range head {
		line, rest, ok := bytes.Cut(answer, []byte("\n"))
		if !ok {
			return errHostAnswer
		}
		head[i], answer = line, rest
	}
	status, err := strconv.Atoi(string(head[0]))
	if err != nil {
		return errHostAnswer
	}
	resp.Status = status
	resp.ContentType = append(resp.ContentType, head[1]...)
	resp.SyncToken = append(resp.SyncToken, head[2]...)
	resp.RetryAfter = append(resp.RetryAfter, head[3]...)
	resp.Body = append(resp.Body, answer...)
	return nil
}
