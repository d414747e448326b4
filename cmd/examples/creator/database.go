//go:build !wasm

package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
)

// A Creator is what the service serves.
type Creator struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Bio  string `json:"bio"`
}

// A Project belongs to a creator.
type Project struct {
	ID        string `json:"id"`
	CreatorID string `json:"creatorId"`
	Title     string `json:"title"`
}

// A Database stands for the slow place where the truth is. It counts what it is
// asked, so that the example can show what the cache saves.
type Database struct {
	Latency time.Duration

	mu       sync.Mutex // guards what follows
	creators map[string]Creator
	order    []string // ids, the oldest first
	projects []Project
	queries  int
}

// NewDatabase returns a database with some rows.
func NewDatabase(latency time.Duration) *Database {
	return &Database{
		Latency: latency,
		creators: map[string]Creator{
			"7": {ID: "7", Name: "Ann", Bio: "prints"},
			"8": {ID: "8", Name: "Bo", Bio: "ceramics"},
		},
		order: []string{"7", "8"},
		projects: []Project{
			{ID: "p1", CreatorID: "7", Title: "Posters"},
			{ID: "p2", CreatorID: "7", Title: "Postcards"},
			{ID: "p3", CreatorID: "8", Title: "Cups"},
		},
	}
}

// query takes the time of a round trip to the database.
func (d *Database) query(ctx context.Context) error {
	d.mu.Lock()
	d.queries++
	d.mu.Unlock()
	t := time.NewTimer(d.Latency)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Queries returns how often the database was asked since the last call.
func (d *Database) Queries() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.queries
	d.queries = 0
	return n
}

// Creators returns the creators that exist among ids.
func (d *Database) Creators(ctx context.Context, ids []string) (map[string]Creator, error) {
	if err := d.query(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]Creator{}
	for _, id := range ids {
		if c, ok := d.creators[id]; ok {
			out[id] = c
		}
	}
	return out, nil
}

// Creator returns one creator, or cache.ErrNotFound.
func (d *Database) Creator(ctx context.Context, id string) (Creator, error) {
	found, err := d.Creators(ctx, []string{id})
	if err != nil {
		return Creator{}, err
	}
	c, ok := found[id]
	if !ok {
		return Creator{}, cache.ErrNotFound
	}
	return c, nil
}

// ProjectsOf returns a creator's projects.
func (d *Database) ProjectsOf(ctx context.Context, creatorID string) ([]Project, error) {
	if err := d.query(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out := slices.Clone(d.projects)
	return slices.DeleteFunc(out, func(p Project) bool { return p.CreatorID != creatorID }), nil
}

// Rename changes a creator.
func (d *Database) Rename(ctx context.Context, id, name string) error {
	if err := d.query(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.creators[id]
	if !ok {
		return cache.ErrNotFound
	}
	c.Name = name
	d.creators[id] = c
	return nil
}

// NewestIDs returns the ids of the newest creators, the newest first.
func (d *Database) NewestIDs(ctx context.Context) ([]string, error) {
	if err := d.query(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := slices.Clone(d.order[max(0, len(d.order)-10):])
	slices.Reverse(ids)
	return ids, nil
}

// Insert adds a creator.
func (d *Database) Insert(ctx context.Context, c Creator) error {
	if err := d.query(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.creators[c.ID] = c
	d.order = append(d.order, c.ID)
	return nil
}
