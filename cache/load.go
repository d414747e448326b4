package cache

import (
	"context"
	"time"
)

// Loaded is what a [Loader] returns.
type Loaded[T any] struct {
	Value T
	// TTL is this entry's own TTL; 0 means Options.TTL.
	TTL time.Duration
	// NoStore returns the value without storing it.
	NoStore bool
}

// A Loader gets the value of one entry from where it really is. It should end
// when its context does. It returns [ErrNotFound] when there is no such thing.
type Loader[T any] func(ctx context.Context) (Loaded[T], error)

// GetOrLoad returns the cached value, or calls load and stores what it returns.
// Callers with the same id share one load, in this process and, through a lease
// in Redis, in all others; each keeps its own context. A value that Options.Stale
// allows is returned at once and reloaded in the background.
//
// Errors: load's own; [ErrNotFound] when it is remembered; [ErrBackoff] when the
// load failed a moment ago; [ErrLoadTimeout]; [ErrUnavailable] with
// Options.FailWhenDown; the context's; *[keys.KindError] and *[keys.LengthError].
func (c *Cache[T]) GetOrLoad(ctx context.Context, id string, load func(context.Context) (T, error)) (T, error) {
	key, e, done, err := c.nearby(ctx, id)
	if !done {
		e, err = c.far(ctx, &fetching[T]{c: c, id: id, key: key, plain: load})
	}
	return e.Value, err
}

// Fetch is [Cache.GetOrLoad] for loaders that choose the TTL, and for callers who
// want to know how old the value is.
func (c *Cache[T]) Fetch(ctx context.Context, id string, load Loader[T]) (Entry[T], error) {
	key, e, done, err := c.nearby(ctx, id)
	if done {
		return e, err
	}
	return c.far(ctx, &fetching[T]{c: c, id: id, key: key, load: load})
}

// nearby is the part of Fetch that needs no I/O.
func (c *Cache[T]) nearby(ctx context.Context, id string) (key string, e Entry[T], done bool, err error) {
	if key, err = c.Key(id); err != nil {
		return key, e, true, err
	}
	if ctx.Err() != nil {
		return key, e, true, context.Cause(ctx)
	}
	e, done = c.localGet(key)
	if done {
		c.stats.localHits.Add(1)
	}
	return key, e, done, nil
}

// far is the rest of it.
func (c *Cache[T]) far(ctx context.Context, f *fetching[T]) (Entry[T], error) {
	a, shared, err := c.flights.do(ctx, f.key, f)
	if shared {
		c.stats.coalesced.Add(1)
		if a.doubtful {
			// Whatever flies now began after this caller came. The task has not
			// been used, because the call was another's.
			a, _, err = c.flights.do(ctx, f.key, f)
		}
	}
	c.count(&a.entry, err)
	return a.entry, err
}

// A fetching is the task of Fetch: to read, and if that is not enough to load.
type fetching[T any] struct {
	c       *Cache[T]
	id, key string
	load    Loader[T]
	plain   func(context.Context) (T, error) // instead of load

	jobs   [1]*job[T]
	looked time.Time // when the read began
	err    error     // of the read
	begun  bool      // the read has happened
}

func (f *fetching[T]) try(ctx context.Context) (answer[T], bool, error) {
	j := f.c.newJob(f.id, f.key)
	f.jobs[0] = j
	f.looked = time.Now()
	f.err = f.c.readJobs(ctx, f.jobs[:])
	f.begun = f.err == nil || ctx.Err() == nil
	if f.err != nil {
		return answer[T]{}, false, nil
	}
	f.c.serveAll(ctx, f.jobs[:])
	if !j.done {
		return answer[T]{}, false, nil
	}
	f.c.refreshAll(ctx, f.jobs[:], f.loadOne)
	return answer[T]{entry: j.entry}, true, j.err
}

func (f *fetching[T]) finish(ctx context.Context) (answer[T], error) {
	j := f.jobs[0]
	switch {
	case !f.begun: // the first caller left
		f.c.run(ctx, f.jobs[:], f.loadOne)
	case f.err != nil:
		f.c.runDown(ctx, f.jobs[:], f.loadOne, f.err)
	default:
		f.c.resume(ctx, f.jobs[:], f.loadOne, f.looked)
	}
	return answer[T]{j.entry, j.doubtful}, j.err
}

func (f *fetching[T]) loadOne(ctx context.Context, _ []string) (map[string]Loaded[T], error) {
	var v Loaded[T]
	var err error
	if f.plain != nil {
		v.Value, err = f.plain(ctx)
	} else {
		v, err = f.load(ctx)
	}
	if err != nil {
		return nil, err
	}
	return map[string]Loaded[T]{f.id: v}, nil
}

// An answer is what a flight brings. It is doubtful when it was loaded and the
// entry has, or may have, been invalidated meanwhile: good for the caller who was
// there before, not for those who joined later, perhaps after the invalidation.
type answer[T any] struct {
	entry    Entry[T]
	doubtful bool
}

// count counts a lookup by its outcome.
func (c *Cache[T]) count(e *Entry[T], err error) {
	switch {
	case err == ErrNotFound && e.Source == Remote: //nolint:errorlint // our own, returned unwrapped for a remembered one
		c.stats.negativeHits.Add(1)
	case err != nil || e.Source == Origin:
		c.stats.misses.Add(1)
	case e.Stale:
		c.stats.staleHits.Add(1)
	case e.Source == LocalLevel:
		c.stats.localHits.Add(1)
	default:
		c.stats.hits.Add(1)
	}
}

// GetOrLoadMany returns the values of many ids by id. What is not cached is
// loaded with one call of load, which gets the missing ids and leaves out those
// that do not exist; they are left out of the result too. Ids that another caller
// is loading are waited for.
//
// It costs one MGET; with misses, also one command that takes the leases of all of
// them, and one request with a command for each that stores them. With
// Options.NoLease, misses are stored with one command. When some values cannot be
// had, the others are returned together with the first error.
func (c *Cache[T]) GetOrLoadMany(ctx context.Context, ids []string, load func(ctx context.Context, missing []string) (map[string]T, error)) (map[string]T, error) {
	jobs, out, err := c.prepare(ctx, ids)
	if err != nil || len(jobs) == 0 {
		return out, err
	}
	c.run(ctx, jobs, func(ctx context.Context, missing []string) (map[string]Loaded[T], error) {
		values, err := load(ctx, missing)
		if err != nil {
			return nil, err
		}
		loaded := make(map[string]Loaded[T], len(values))
		for id, v := range values {
			loaded[id] = Loaded[T]{Value: v}
		}
		return loaded, nil
	})
	for _, j := range jobs {
		c.count(&j.entry, j.err)
		switch {
		case j.err == nil:
			out[j.id] = j.entry.Value
		case err == nil && j.err != ErrNotFound: //nolint:errorlint // a loader of many cannot return it wrapped per id
			err = j.err
		}
	}
	return out, err
}

// prepare makes a job for each id that the in-process level does not have.
func (c *Cache[T]) prepare(ctx context.Context, ids []string) ([]*job[T], map[string]T, error) {
	out := make(map[string]T, len(ids))
	jobs := make([]*job[T], 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		key, err := c.Key(id)
		if err != nil {
			return nil, nil, err
		}
		if e, ok := c.localGet(key); ok {
			c.stats.localHits.Add(1)
			out[id] = e.Value
			continue
		}
		jobs = append(jobs, c.newJob(id, key))
	}
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	return jobs, out, nil
}
