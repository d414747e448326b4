//go:build !wasm

package ratelimit_test

import (
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// A stack is a client on a dev server.
type stack struct {
	*upstash.Client
	srv   *devserver.Running
	meter *upstashtest.Meter
}

// newStack starts a dev server over redisURL, "" for the embedded Redis, and a
// client for it.
func newStack(t testing.TB, redisURL string) *stack {
	t.Helper()
	srv, err := devserver.Start(devserver.Options{Redis: redisURL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	s := &stack{srv: srv, meter: &upstashtest.Meter{}}
	s.Client, err = upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token), Hook: s.meter})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
