//go:build !wasm

// Creator shows how a service caches: profiles, lists and pages of creators, and
// their invalidation when a creator changes.
//
//	go run ./cmd/examples/creator
//
// It uses the database that REDIS_REST_URL and REDIS_REST_TOKEN name, and an
// embedded one where they are not set.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/upstash"
)

func main() {
	flag.Parse() // none: -help and mistakes must not touch the database
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "creator:", err)
		os.Exit(1)
	}
}

// run connects and tells the story.
func run(ctx context.Context, out io.Writer) (err error) {
	client, stop, err := host.Connect(upstash.Config{})
	if err != nil {
		return err
	}
	defer stop()
	db := NewDatabase(50 * time.Millisecond)
	s, err := NewService(client, db, func(_ context.Context, e cache.ErrorEvent) {
		fmt.Fprintf(out, "  %s: %s: %v\n", e.Cache, e.Op, e.Err)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	return story(ctx, out, s, db)
}

// story goes through the patterns and says what each costs.
func story(ctx context.Context, out io.Writer, s *Service, db *Database) error {
	if err := s.Profiles.Invalidate(ctx, "7", "8", "9", "nobody"); err != nil { // from an earlier run
		return err
	}
	if err := errors.Join(s.Pages.InvalidateTags(ctx, s.Profiles.Tag("7")), s.Lists.InvalidateNamespace(ctx)); err != nil {
		return err
	}
	s.commands()
	tell := func(what string) {
		fmt.Fprintf(out, "%-52s %d queries, %d commands\n", what, db.Queries(), s.commands())
	}

	var wg sync.WaitGroup
	errs := make([]error, 100)
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.Profile(ctx, "7") })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	tell("100 requests for a profile that is not cached:")

	c, err := s.Profile(ctx, "7")
	if err != nil {
		return err
	}
	tell("the profile of " + c.Name + " again:")

	for range 2 {
		if _, err := s.Profile(ctx, "nobody"); !errors.Is(err, cache.ErrNotFound) {
			return err
		}
	}
	tell("a creator who does not exist, twice:")

	list, err := s.List(ctx, []string{"7", "8", "nobody"})
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("a list of %d creators, one of them cached:", len(list)))

	for range 2 {
		page, err := s.Page(ctx, "7")
		if err != nil {
			return err
		}
		tell(fmt.Sprintf("page %q, from %s:", page.Value.Heading, page.Source))
	}

	if err := newest(ctx, s, tell); err != nil {
		return err
	}
	if err := s.Rename(ctx, "7", "Anna"); err != nil {
		return err
	}
	tell("an update, which invalidates profile and page:")
	page, err := s.Page(ctx, "7")
	if err != nil {
		return err
	}
	tell(fmt.Sprintf("page %q, from %s:", page.Value.Heading, page.Source))
	return nil
}

// newest is the part of the story about a list that changes with every creator.
func newest(ctx context.Context, s *Service, tell func(string)) error {
	for range 2 {
		list, err := s.Newest(ctx)
		if err != nil {
			return err
		}
		tell("the newest creators, first " + list[0].Name + ":")
	}
	if err := s.Add(ctx, Creator{ID: "9", Name: "Cleo", Bio: "knits"}); err != nil {
		return err
	}
	tell("a new one, which invalidates that list:")
	list, err := s.Newest(ctx)
	if err != nil {
		return err
	}
	tell("the newest creators, first " + list[0].Name + ":")
	return nil
}
