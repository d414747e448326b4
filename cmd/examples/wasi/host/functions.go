package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/yesgoddess/edgeredis/upstash"
)

// The results of post that are no length.
const (
	notSent  = -1
	timedOut = -2
	tooLarge = -3
	failed   = -4
)

// lend gives the programs of r the functions post and take. One program runs at a
// time here; a host for several keeps an answer for each.
func lend(ctx context.Context, r wazero.Runtime, t upstash.Transport) error {
	var answer []byte
	post := func(ctx context.Context, m api.Module, url, urlLen, header, headerLen, body uint32, bodyLen, timeout, limit int64) int64 {
		req := upstash.Request{
			URL:         string(memory(m, url, urlLen)),
			Header:      fields(string(memory(m, header, headerLen))),
			Body:        memory(m, body, uint32(bodyLen)), //nolint:gosec // memory checks it
			MaxResponse: int(limit),
		}
		if timeout > 0 {
			req.Deadline = time.Now().Add(time.Duration(timeout) * time.Millisecond)
		}
		var resp upstash.Response
		if err := t.RoundTrip(ctx, &req, &resp); err != nil {
			return result(err)
		}
		answer = strconv.AppendInt(answer[:0], int64(resp.Status), 10)
		for _, value := range [][]byte{resp.ContentType, resp.SyncToken, resp.RetryAfter} {
			answer = append(append(answer, '\n'), value...)
		}
		answer = append(append(answer, '\n'), resp.Body...)
		return int64(len(answer))
	}
	take := func(_ context.Context, m api.Module, to uint32) {
		if !m.Memory().Write(to, answer) {
			panic("take: the program has no room for the answer")
		}
	}
	_, err := r.NewHostModuleBuilder("edgeredis").
		NewFunctionBuilder().WithFunc(post).Export("post").
		NewFunctionBuilder().WithFunc(take).Export("take").
		Instantiate(ctx)
	return err
}

// result says what became of an exchange without answer.
func result(err error) int64 {
	switch {
	case errors.Is(err, upstash.ErrNotSent):
		return notSent
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut
	case errors.Is(err, upstash.ErrResponseTooLarge):
		return tooLarge
	}
	return failed
}

// memory is a part of the program's memory, which is valid during one call.
func memory(m api.Module, at, n uint32) []byte {
	b, ok := m.Memory().Read(at, n)
	if !ok {
		panic("post: an argument is outside the memory of the program")
	}
	return b
}

// fields reads lines of "Name: value".
func fields(text string) (list []upstash.HeaderField) {
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok {
			list = append(list, upstash.HeaderField{Name: name, Value: value})
		}
	}
	return list
}
