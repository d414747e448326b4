//go:build !wasm

package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// A Flag switches a feature on for some users.
type Flag struct {
	Name string `json:"name"`
	// On is the main switch; off means nobody, whatever the rest says.
	On bool `json:"on"`
	// Percent is how many of a hundred users have it.
	Percent float64 `json:"percent"`
	// Users have it in any case.
	Users []string `json:"users,omitempty"`
}

// For reports whether a user has the feature. A user falls into the same place of
// the same flag for ever, so raising Percent adds users and takes none away, and
// different flags choose different users.
func (f Flag) For(user string) bool {
	if !f.On || slices.Contains(f.Users, user) {
		return f.On
	}
	sum := sha256.Sum256([]byte(f.Name + "\x00" + user))
	const places = 10_000
	return float64(binary.BigEndian.Uint64(sum[:])%places) < f.Percent*places/100
}

// A Store stands for the database where flags really are.
type Store struct {
	mu      sync.Mutex // guards what follows
	flags   map[string]Flag
	queries int
	fail    error
}

// All returns all flags.
func (s *Store) All(context.Context) ([]Flag, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries++
	return slices.Collect(maps.Values(s.flags)), s.fail
}

// Put stores a flag.
func (s *Store) Put(_ context.Context, f Flag) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if s.flags == nil {
		s.flags = map[string]Flag{}
	}
	s.flags[f.Name] = f
	return nil
}

// Flags evaluates flags. What a user has is cached for a minute under
// "flag:rollout:{user}", all flags in one entry, so that a page asks once; and a
// change of any flag makes all of these entries misses with two commands.
type Flags struct {
	store *Store
	all   *cache.Cache[[]Flag]
	of    *cache.Cache[map[string]bool]
}

const (
	// ofTTL is shorter than the kind's hour: a process that is cut off from an
	// invalidation is wrong for so long at most.
	ofTTL = time.Minute
	// everything is the id of the one entry with all definitions.
	everything = "all"
)

// tag is carried by all that is made from flags.
var tag = keys.KindFeatureFlag.Tag(everything)

// NewFlags does no I/O.
func NewFlags(d upstash.Doer, store *Store, onError func(context.Context, cache.ErrorEvent)) (*Flags, error) {
	tags := func(string) []string { return []string{tag} }
	all, err := cache.New(d, cache.JSON[[]Flag](), cache.Options{
		Kind: keys.KindFeatureFlag, Tags: tags, StaleIfError: time.Hour, OnError: onError,
	})
	if err != nil {
		return nil, err
	}
	of, err := cache.New(d, cache.JSON[map[string]bool](), cache.Options{
		Kind: keys.KindRollout, TTL: ofTTL, Tags: tags, StaleIfError: time.Hour, OnError: onError,
	})
	if err != nil {
		return nil, err
	}
	return &Flags{store: store, all: all, of: of}, nil
}

// Of returns what a user has. When Redis is away the store is asked; when the
// store is away too, nothing is known and the error says so: treat every flag as
// off then.
func (f *Flags) Of(ctx context.Context, user string) (map[string]bool, error) {
	return f.of.GetOrLoad(ctx, user, func(ctx context.Context) (map[string]bool, error) {
		flags, err := f.all.GetOrLoad(ctx, everything, f.store.All)
		if err != nil {
			return nil, err
		}
		has := make(map[string]bool, len(flags))
		for _, flag := range flags {
			has[flag.Name] = flag.For(user)
		}
		return has, nil
	})
}

// Put changes a flag: first the truth, then the invalidation. When that fails the
// old flag may be in use until its TTL; the caller should repeat the change.
func (f *Flags) Put(ctx context.Context, flag Flag) error {
	if err := f.store.Put(ctx, flag); err != nil {
		return err
	}
	// By both caches, so that neither lets anybody join a load that began before.
	return errors.Join(f.all.InvalidateTags(ctx, tag), f.of.InvalidateTags(ctx, tag))
}

// Close waits for what runs in the background.
func (f *Flags) Close(ctx context.Context) error {
	if err := f.all.Close(ctx); err != nil {
		return err
	}
	return f.of.Close(ctx)
}
