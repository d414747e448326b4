//go:build !wasm

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

func TestRun(t *testing.T) {
	if os.Getenv("REDIS_REST_URL") != "" {
		t.Skip("the figures are those of the embedded database")
	}
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"100 requests for a profile that is not cached: 1 queries, 3 commands",
		"the profile of Ann again: 0 queries, 1 commands",
		"a creator who does not exist, twice: 1 queries, 4 commands",
		"a list of 2 creators, one of them cached: 1 queries, 3 commands",
		`page "Ann · prints", from origin: 1 queries, 4 commands`,
		`page "Ann · prints", from remote: 0 queries, 1 commands`,
		"the newest creators, first Bo: 1 queries, 4 commands",
		"the newest creators, first Bo: 0 queries, 2 commands",
		"a new one, which invalidates that list: 1 queries, 2 commands",
		"the newest creators, first Cleo: 2 queries, 6 commands",
		"an update, which invalidates profile and page: 1 queries, 2 commands",
		`page "Anna · prints", from origin: 2 queries, 6 commands`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestWithoutRedis: profiles and pages come from the database, and an update says
// that the cache may still have the old name.
func TestWithoutRedis(t *testing.T) {
	down := upstashtest.NewFake(func(context.Context, []string) (any, error) { return nil, errors.New("connection refused") })
	var reported atomic.Int64
	s, err := NewService(down, NewDatabase(0), func(context.Context, cache.ErrorEvent) { reported.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	if c, err := s.Profile(t.Context(), "7"); c.Name != "Ann" || err != nil {
		t.Errorf("profile %+v, %v", c, err)
	}
	if list, err := s.Newest(t.Context()); len(list) != 2 || err != nil {
		t.Errorf("newest %v, %v", list, err)
	}
	if page, err := s.Page(t.Context(), "8"); page.Value.Heading != "Bo · ceramics" || err != nil {
		t.Errorf("page %+v, %v", page, err)
	}
	if reported.Load() == 0 {
		t.Error("nobody was told that Redis is away")
	}
	if err := s.Rename(t.Context(), "7", "Anna"); err == nil {
		t.Error("an update without invalidation says nothing")
	}
	if err := s.Rename(t.Context(), "70", "Anna"); !errors.Is(err, cache.ErrNotFound) {
		t.Errorf("an update of nobody: %v", err)
	}
}
