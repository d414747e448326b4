package cache

import (
	"context"
	"time"
)

// A job is one id on its way through a lookup with a loader. It belongs to one
// goroutine.
type job[T any] struct {
	id, key string
	tagKeys []string
	version uint64 // of the key in this process, before it was read

	rec  record // what Redis holds
	tags uint64 // digest of the epochs when rec was read

	spare   *Entry[T] // what to serve if the load fails
	bad     bool      // rec cannot be decoded
	refresh bool      // serve now, reload in the background
	lease   string    // what we have put into Redis; "" means no lease
	held    bool      // this job is to be loaded now
	solo    bool      // Redis does not coordinate this load
	// unstored: nothing is to be written, because there is certainly no lease.
	unstored bool
	refused  int // times in a row that rec could not be replaced though it did not change

	waited leaseSeen // the lease of another caller that this job waits for

	doubtful bool // see answer

	done  bool
	entry Entry[T]
	err   error
}

func (c *Cache[T]) newJob(id, key string) *job[T] {
	return &job[T]{id: id, key: key, tagKeys: c.tagKeys(id), version: c.versions.of(key)}
}

func (j *job[T]) finish(e Entry[T], err error) { j.entry, j.err, j.done = e, err, true }

// loadFunc is the loader of one or many ids.
type loadFunc[T any] func(ctx context.Context, ids []string) (map[string]Loaded[T], error)

// run brings every job to its end: served from Redis, loaded, or failed.
func (c *Cache[T]) run(ctx context.Context, jobs []*job[T], load loadFunc[T]) {
	looked := time.Now()
	if err := c.readJobs(ctx, jobs); err != nil {
		c.runDown(ctx, jobs, load, err)
		return
	}
	c.resume(ctx, jobs, load, looked)
}

// resume is run after the records were read; looked is when that began.
func (c *Cache[T]) resume(ctx context.Context, jobs []*job[T], load loadFunc[T], looked time.Time) {
	for {
		free, leased := c.serveAll(ctx, jobs)
		if len(free) > 0 {
			c.acquireAll(ctx, free)
			held := holders(free)
			if ctx.Err() != nil {
				c.abandon(ctx, held, 0)
				failAll(jobs, context.Cause(ctx))
				return
			}
			if len(held) > 0 {
				c.loadAndStore(ctx, held, load)
			}
			continue
		}
		if len(leased) == 0 {
			break
		}
		if !pause(ctx, c.lookGap(ctx, leased, looked)) {
			failAll(leased, context.Cause(ctx))
			break
		}
		looked = time.Now()
		if err := c.readJobs(ctx, leased); err != nil {
			c.runDown(ctx, leased, load, err)
			break
		}
	}
	c.refreshAll(ctx, jobs, load)
}

func failAll[T any](jobs []*job[T], err error) {
	for _, j := range jobs {
		if !j.done {
			j.finish(Entry[T]{}, err)
		}
	}
}

func holders[T any](jobs []*job[T]) (held []*job[T]) {
	for _, j := range jobs {
		if j.held && !j.done {
			held = append(held, j)
		}
	}
	return held
}

// readJobs reads the records of jobs with one command.
func (c *Cache[T]) readJobs(ctx context.Context, jobs []*job[T]) error {
	if len(jobs) == 1 && len(jobs[0].tagKeys) == 0 { // the usual case, made cheap
		r, err := c.get(ctx, jobs[0].key)
		if err == nil {
			jobs[0].see(r, 0)
		}
		return err
	}
	list := make([]string, len(jobs))
	tagKeys := make([][]string, len(jobs))
	for i, j := range jobs {
		list[i], tagKeys[i] = j.key, j.tagKeys
	}
	records, tags, err := c.read(ctx, list, tagKeys)
	if err != nil {
		return err
	}
	for i, j := range jobs {
		j.see(records[i], tags[i])
	}
	return nil
}

// see takes a new reading.
func (j *job[T]) see(r record, tags uint64) {
	if r.raw != j.rec.raw {
		j.bad, j.refused = false, 0
	}
	j.rec, j.tags, j.spare = r, tags, nil
}

// serveAll ends the jobs whose record can be served, and sorts the others into
// those that are free to be loaded and those that another caller is loading.
func (c *Cache[T]) serveAll(ctx context.Context, jobs []*job[T]) (free, leased []*job[T]) {
	now := time.Now()
	for _, j := range jobs {
		if j.done {
			continue
		}
		v := c.judge(&j.rec, j.tags, now)
		c.serve(ctx, j, v, now)
		switch {
		case j.done:
		case v.leased && !c.o.NoLease:
			j.waited.see(j.rec.raw, now)
			leased = append(leased, j)
		default:
			free = append(free, j)
		}
	}
	return free, leased
}

// serve ends j if its record is good for it.
func (c *Cache[T]) serve(ctx context.Context, j *job[T], v verdict, now time.Time) {
	switch v.use {
	case useNegative:
		j.finish(Entry[T]{Source: Remote}, ErrNotFound)
	case useBackoff:
		j.finish(Entry[T]{}, ErrBackoff)
	case useFresh, useStale, useSpare:
		e, err := c.decode(&j.rec, now, v.use != useFresh)
		if err != nil {
			c.corrupted(ctx, j.key, err, j.bad)
			j.bad = true
			return
		}
		if v.use != useFresh || v.early {
			spare := e
			j.spare = &spare
		}
		if v.use == useSpare && !v.leased && !v.quiet {
			return
		}
		j.refresh = !v.leased && !v.quiet && (v.use == useStale || v.early)
		j.finish(e, nil)
		if v.use == useFresh {
			c.localPut(j.key, j.version, e, c.freshFor(&j.rec, now), len(j.rec.raw))
		}
	}
}

// freshFor is how much longer a record is fresh. Of a plain value only Redis
// knows.
func (c *Cache[T]) freshFor(r *record, now time.Time) time.Duration {
	if r.kind != recEnvelope {
		return c.o.LocalTTL
	}
	return time.Duration(r.header.created+r.header.ttl-now.UnixMilli()) * time.Millisecond
}

// corrupted counts and reports an entry that cannot be decoded, once.
func (c *Cache[T]) corrupted(ctx context.Context, key string, err error, again bool) {
	if again {
		return
	}
	c.stats.decodeErrors.Add(1)
	c.report(ctx, "decode", key, err)
}
