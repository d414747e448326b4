//go:build !wasm

package main

import (
	"net/http"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// TestOverRedis runs the scripts on a real Redis.
func TestOverRedis(t *testing.T) {
	srv, err := devserver.Start(devserver.Options{Redis: redistest.Start(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := start(t, client, 50)
	s.resetLimit(t, "ann")
	path := s.open(t, "ann", "2")
	s.want(t, "ann", "POST", path+"/complete", "", http.StatusConflict, "parts are missing")
	s.want(t, "bob", "GET", path, "", 404, "")
	s.upload(t, "ann", path)
	s.want(t, "ann", "GET", path, "", 200, `"missing":[]`)
	for range 2 {
		s.want(t, "ann", "POST", path+"/complete", "", 200, whole)
	}
	s.want(t, "ann", "PUT", path+"/parts/1", "late", http.StatusConflict, "done")
	path = s.open(t, "ann", "2")
	for range 2 {
		s.want(t, "ann", "DELETE", path, "", http.StatusNoContent, "")
	}
	s.want(t, "ann", "PUT", path+"/parts/1", "late", http.StatusGone, "abandoned")
	s.resetLimit(t, "ann")
}
