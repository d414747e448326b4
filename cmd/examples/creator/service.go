//go:build !wasm

package main

import (
	"context"
	"errors"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// A Page is a creator's page: made from the profile and the list of projects, and
// dear enough to be cached as a whole.
type Page struct {
	Heading  string   `json:"heading"`
	Projects []string `json:"projects"`
}

// A Service serves creators from the cache, and from the database what the cache
// does not have.
type Service struct {
	db *Database

	// Profiles are plain JSON under cache:creator:{id}; other services read them.
	Profiles *cache.Entity[Creator]
	// Pages depend on a creator, so they carry the creator's tag. They may be a
	// minute stale while they are made anew, and longer if that fails.
	Pages *cache.Cache[Page]
	// Lists are ids only: what is in the profiles is read from there, so a change
	// of a profile leaves the lists alone.
	Lists *cache.Cache[[]string]
}

// pageKind is a kind of this service's own.
var pageKind = keys.Declare(keys.Cache, "creator-page", 5*time.Minute)

// NewService wires the caches; it does no I/O.
func NewService(d upstash.Doer, db *Database, onError func(context.Context, cache.ErrorEvent)) (*Service, error) {
	profiles, err := cache.Creators[Creator](d, cache.Options{NegativeTTL: time.Minute, Jitter: 0.1, OnError: onError})
	if err != nil {
		return nil, err
	}
	pages, err := cache.New(d, cache.JSON[Page](), cache.Options{
		Kind:         pageKind,
		Tags:         func(creatorID string) []string { return []string{profiles.Tag(creatorID)} },
		Stale:        time.Minute,
		StaleIfError: time.Hour,
		OnError:      onError,
	})
	if err != nil {
		return nil, err
	}
	lists, err := cache.New(d, cache.JSON[[]string](), cache.Options{
		Kind:      keys.KindList,
		Namespace: "creators", // all of them end when there is another creator
		OnError:   onError,
	})
	if err != nil {
		return nil, err
	}
	return &Service{db: db, Profiles: profiles, Pages: pages, Lists: lists}, nil
}

// Profile is the pattern for one entity.
func (s *Service) Profile(ctx context.Context, id string) (Creator, error) {
	return s.Profiles.GetOrLoad(ctx, id, func(ctx context.Context) (Creator, error) { return s.db.Creator(ctx, id) })
}

// List is the pattern for many: one command for those that are cached, one query
// for the others.
func (s *Service) List(ctx context.Context, ids []string) (map[string]Creator, error) {
	return s.Profiles.GetOrLoadMany(ctx, ids, s.db.Creators)
}

// Newest is the pattern for a list: the ids from one entry, then the profiles as
// in List. A creator that has gone since the list was made is left out.
func (s *Service) Newest(ctx context.Context) ([]Creator, error) {
	ids, err := s.Lists.GetOrLoad(ctx, "newest", s.db.NewestIDs)
	if err != nil {
		return nil, err
	}
	found, err := s.List(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]Creator, 0, len(ids))
	for _, id := range ids {
		if c, ok := found[id]; ok {
			list = append(list, c)
		}
	}
	return list, nil
}

// Add is the pattern for something new: the truth, then the lists it belongs in,
// and the memory that there is no such creator.
func (s *Service) Add(ctx context.Context, c Creator) error {
	if err := s.db.Insert(ctx, c); err != nil {
		return err
	}
	return errors.Join(s.Lists.InvalidateNamespace(ctx), s.Profiles.Invalidate(ctx, c.ID))
}

// Page is the pattern for what is made from several things.
func (s *Service) Page(ctx context.Context, id string) (cache.Entry[Page], error) {
	return s.Pages.Fetch(ctx, id, func(ctx context.Context) (cache.Loaded[Page], error) {
		c, err := s.Profile(ctx, id)
		if err != nil {
			return cache.Loaded[Page]{}, err
		}
		projects, err := s.db.ProjectsOf(ctx, id)
		if err != nil {
			return cache.Loaded[Page]{}, err
		}
		p := Page{Heading: c.Name + " · " + c.Bio}
		for _, project := range projects {
			p.Projects = append(p.Projects, project.Title)
		}
		return cache.Loaded[Page]{Value: p}, nil
	})
}

// Rename is the pattern for an update: first the truth, then the invalidation of
// everything that is made from it. Loads that are in flight meanwhile are not
// stored. When the invalidation fails the old profile is served until its TTL, an
// hour at most: the error is for the caller, who repeats the update.
func (s *Service) Rename(ctx context.Context, id, name string) error {
	if err := s.db.Rename(ctx, id, name); err != nil {
		return err
	}
	return s.Profiles.InvalidateAll(ctx, id)
}

// Close waits for what runs in the background.
func (s *Service) Close(ctx context.Context) error {
	return errors.Join(s.Profiles.Close(ctx), s.Pages.Close(ctx), s.Lists.Close(ctx))
}

// commands returns how many the caches have sent since the last call.
func (s *Service) commands() int64 {
	return s.Profiles.ResetStats().Commands + s.Pages.ResetStats().Commands + s.Lists.ResetStats().Commands
}
