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
	e, err := c.core.fetch(ctx, id, plainLoader[T](load))
	return valueOf[T](e.Value), err
}

// Fetch is [Cache.GetOrLoad] for loaders that choose the TTL, and for callers who
// want to know how old the value is.
func (c *Cache[T]) Fetch(ctx context.Context, id string, load Loader[T]) (Entry[T], error) {
	e, err := c.core.fetch(ctx, id, fullLoader[T](load))
	return entryOf[T](&e), err
}

// A loader is a Loader of a value in an interface.
type loader interface {
	load(ctx context.Context) (loaded, error)
}

type (
	plainLoader[T any] func(context.Context) (T, error)
	fullLoader[T any]  func(context.Context) (Loaded[T], error)
)

func (l plainLoader[T]) load(ctx context.Context) (loaded, error) {
	v, err := l(ctx)
	return loaded{Value: v}, err
}

func (l fullLoader[T]) load(ctx context.Context) (loaded, error) {
	v, err := l(ctx)
	return loaded{v.Value, v.TTL, v.NoStore}, err
}

func (c *core) fetch(ctx context.Context, id string, load loader) (entry, error) {
	key, err := c.keyOf(id)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return entry{}, err
	}
	if e, ok := c.localGet(key); ok {
		c.stats.localHits.Add(1)
		return e, nil
	}
	f := &fetching{c: c, load: load}
	f.job.id, f.job.key = id, key
	a, shared, err := c.flights.do(ctx, key, f)
	if shared {
		c.stats.coalesced.Add(1)
		if a.doubtful {
			// Whatever flies now began after this caller came. The task has not
			// been used, because the call was another's.
			a, _, err = c.flights.do(ctx, key, f)
		}
	}
	c.count(&a.entry, err)
	return a.entry, err
}

// A fetching is the task of Fetch: to read, and if that is not enough to load.
type fetching struct {
	c    *core
	load loader

	job    job
	jobs   [1]*job
	looked time.Time // when the read began
	err    error     // of the read
	begun  bool      // the read has happened
}

// try answers quickly, or not at all. It may use the context of the caller.
func (f *fetching) try(ctx context.Context) (answer, bool, error) {
	j := &f.job
	f.c.initJob(j)
	f.jobs[0] = j
	f.looked = time.Now()
	f.err = f.c.readJobs(ctx, f.jobs[:])
	f.begun = f.err == nil || ctx.Err() == nil
	if f.err == nil {
		f.c.serveAll(ctx, f.jobs[:])
	}
	if !j.done {
		return answer{}, false, nil
	}
	f.c.refreshAll(ctx, f.jobs[:], f)
	return answer{entry: j.entry}, true, j.err
}

// finish answers after try has not. Its context ends when nobody waits.
func (f *fetching) finish(ctx context.Context) (answer, error) {
	j := &f.job
	switch {
	case !f.begun: // the first caller left
		f.c.run(ctx, f.jobs[:], f)
	case f.err != nil:
		f.c.runDown(ctx, f.jobs[:], f, f.err)
	default:
		f.c.resume(ctx, f.jobs[:], f, f.looked)
	}
	return answer{entry: j.entry, doubtful: j.doubtful}, j.err
}

func (f *fetching) loadAll(ctx context.Context, _ []string) ([]loadedOne, error) {
	v, err := f.load.load(ctx)
	if err != nil {
		return nil, err
	}
	return []loadedOne{{loaded: v, exists: true}}, nil
}

// An answer is what a flight brings. It is doubtful when it was loaded and the
// entry has, or may have, been invalidated meanwhile: good for the caller who was
// there before, not for those who joined later, perhaps after the invalidation.
type answer struct {
	entry    entry
	doubtful bool
	_        [0]func() // not compared
}

// count counts a lookup by its outcome.
func (c *core) count(e *entry, err error) {
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
	jobs, err := c.core.prepare(ctx, ids)
	if err != nil {
		return nil, err
	}
	err = c.core.loadMany(ctx, undone(jobs), loadFunc(func(ctx context.Context, missing []string) ([]loadedOne, error) {
		values, err := load(ctx, append([]string(nil), missing...)) // which it may sort
		if err != nil {
			return nil, err
		}
		all := make([]loadedOne, len(missing))
		for i, id := range missing {
			if v, ok := values[id]; ok {
				all[i] = loadedOne{loaded: loaded{Value: v}, exists: true}
			}
		}
		return all, nil
	}))
	return valuesOf[T](jobs), err
}

func (c *core) loadMany(ctx context.Context, jobs []*job, load batchLoader) (err error) {
	if len(jobs) == 0 {
		return nil
	}
	c.run(ctx, jobs, load)
	for _, j := range jobs {
		c.count(&j.entry, j.err)
		if err == nil && j.err != ErrNotFound { //nolint:errorlint // a loader of many cannot return it wrapped per id
			err = j.err
		}
	}
	return err
}

// prepare makes a job for each id; those that the in-process level has are done.
func (c *core) prepare(ctx context.Context, ids []string) ([]*job, error) {
	jobs := make([]*job, 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		key, err := c.keyOf(id)
		if err != nil {
			return nil, err
		}
		j := &job{id: id, key: key, several: swapSeveral}
		if e, ok := c.localGet(key); ok {
			c.stats.localHits.Add(1)
			j.finish(e, nil)
		} else {
			c.initJob(j)
		}
		jobs = append(jobs, j)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return jobs, nil
}

func undone(jobs []*job) []*job {
	left := make([]*job, 0, len(jobs))
	for _, j := range jobs {
		if !j.done {
			left = append(left, j)
		}
	}
	return left
}
