//go:build js

package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// fetch sends one request to path at the server that REDIS_REST_URL names, for this
// invocation, and tells what comes back in one line. At most 1000 bytes may come,
// within 700 ms.
func fetch(invocation, env js.Value, path string) string {
	t, err := upstash.NewFetchTransport(upstash.FetchOptions{})
	if err != nil {
		return err.Error()
	}
	var resp upstash.Response
	err = t.RoundTrip(upstash.WithInvocation(context.Background(), invocation), &upstash.Request{
		URL:         env.Get("REDIS_REST_URL").String() + path,
		Header:      []upstash.HeaderField{{Name: "X-One", Value: "1"}, {Name: "Upstash-Sync-Token", Value: "mine"}},
		Body:        []byte{0, 0xff, 'x'},
		Deadline:    time.Now().Add(700 * time.Millisecond),
		MaxResponse: 1000,
	}, &resp)
	word := "nil"
	switch {
	case errors.Is(err, upstash.ErrNotSent):
		word = "not sent"
	case errors.Is(err, upstash.ErrResponseTooLarge):
		word = "too large"
	case errors.Is(err, context.DeadlineExceeded):
		word = "deadline"
	case err != nil:
		word = "failed"
	}
	return strings.Join([]string{
		word, strconv.Itoa(resp.Status), strconv.Itoa(len(resp.Body)),
		string(resp.ContentType), string(resp.SyncToken), string(resp.RetryAfter),
	}, "|")
}
