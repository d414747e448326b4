//go:build !wasm

package main

import (
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// TestBilled measures the figures of the package's documentation, as the server
// counts them. Everything is done twice, since the first time of each script costs
// one more.
func TestBilled(t *testing.T) {
	srv, err := devserver.Start(devserver.Options{})
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
	var opened, part, completed, abandoned int64
	for range 2 {
		last := srv.Stats().Billed()
		cost := func() int64 {
			now := srv.Stats().Billed()
			n := now - last
			last = now
			return n
		}
		path := s.open(t, "ann", "1")
		opened = cost()
		s.want(t, "ann", "PUT", path+"/parts/1", "x", 200, "")
		part = cost()
		s.want(t, "ann", "POST", path+"/complete", "", 200, "")
		completed = cost()
		path = s.open(t, "ann", "1")
		cost()
		s.want(t, "ann", "DELETE", path, "", 204, "")
		abandoned = cost()
	}
	if opened != 7 || part != 14 || completed != 15 || abandoned != 5 {
		t.Errorf("billed: opened %d, part %d, completed %d, abandoned %d", opened, part, completed, abandoned)
	}
}
