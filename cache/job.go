package cache

import (
	"context"
	"time"
)

// A job is one id on its way through a lookup with a loader. It belongs to one
// goroutine.
type job struct {
	id, key string
	value   any // to be set
	tagKeys []string
	// several makes the writes of many jobs; nil when there is one alone.
	several func(ctx context.Context, s *store, jobs []*job)
	version uint64 // of the key in this process, before it was read

	rec  record // what Redis holds
	tags uint64 // digest of the epochs when rec was read

	spare   entry         // what to serve if the load fails ...
	spared  bool          // ... if that is set
	bad     bool          // rec cannot be decoded
	refresh bool          // serve now, reload in the background
	w       swap          // how the lease is taken, and how it ends
	lease   string        // what we have put into Redis; "" means no lease
	held    bool          // this job is to be loaded now
	life    time.Duration // of a plain value that this job has loaded
	solo    bool          // Redis does not coordinate this load
	// unstored: nothing is to be written, because there is certainly no lease.
	unstored bool
	refused  int // times in a row that rec could not be replaced though it did not change

	waited leaseSeen // the lease of another caller that this job waits for

	doubtful bool // see answer

	done  bool
	entry entry
	err   error
}

func (c *core) newJob(id, key string) *job {
	j := &job{id: id, key: key}
	c.initJob(j)
	return j
}

// initJob is called before the record is read.
func (c *core) initJob(j *job) { j.tagKeys, j.version = c.tagKeys(j.id), c.versions.of(j.key) }

//go:noinline
func (j *job) finish(e entry, err error) { j.entry, j.err, j.done = e, err, true }

// A batchLoader is the loader of one or many ids. It returns one for each id.
type batchLoader interface {
	loadAll(ctx context.Context, ids []string) ([]loadedOne, error)
}

// A loadedOne is what was loaded for an id, if it exists.
type loadedOne struct {
	loaded
	exists bool
	_      [0]func() // not compared, so that there is no code for it
}

type loadFunc func(ctx context.Context, ids []string) ([]loadedOne, error)

func (f loadFunc) loadAll(ctx context.Context, ids []string) ([]loadedOne, error) {
	return f(ctx, ids)
}

// run brings every job to its end: served from Redis, loaded, or failed.
func (c *core) run(ctx context.Context, jobs []*job, load batchLoader) {
	looked := time.Now()
	if err := c.readJobs(ctx, jobs); err != nil {
		c.runDown(ctx, jobs, load, err)
		return
	}
	c.resume(ctx, jobs, load, looked)
}

// resume is run after the records were read; looked is when that began.
func (c *core) resume(ctx context.Context, jobs []*job, load batchLoader, looked time.Time) {
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

func failAll(jobs []*job, err error) {
	for _, j := range jobs {
		if !j.done {
			j.finish(entry{}, err)
		}
	}
}

func holders(jobs []*job) (held []*job) {
	for _, j := range jobs {
		if j.held && !j.done {
			held = append(held, j)
		}
	}
	return held
}

// readJobs reads the records of jobs with one command.
func (c *core) readJobs(ctx context.Context, jobs []*job) error {
	if len(jobs) == 1 && len(jobs[0].tagKeys) == 0 { // the usual case, made cheap
		raw, found, err := c.get(ctx, jobs[0].key)
		if err == nil {
			jobs[0].see(raw, found, 0)
		}
		return err
	}
	epochs := epochsOf(jobs)
	list := make([]string, len(jobs), len(jobs)+len(epochs))
	for i, j := range jobs {
		list[i] = j.key
	}
	reply, err := c.read(ctx, append(list, epochs...))
	if err != nil {
		return err
	}
	for i, j := range jobs {
		raw, found := textAt(&reply, i)
		c.stats.bytesRead.Add(int64(len(raw)))
		j.see(raw, found, tagDigest(j.tagKeys, epochs, &reply, len(jobs)))
	}
	return nil
}

// see takes a new reading: raw is nothing unless found.
func (j *job) see(raw string, found bool, tags uint64) {
	if raw != j.rec.raw {
		j.bad, j.refused = false, 0
	}
	j.rec, j.tags, j.spared = record{}, tags, false
	if found {
		j.rec.parse(raw)
	}
}

// serveAll ends the jobs whose record can be served, and sorts the others into
// those that are free to be loaded and those that another caller is loading.
func (c *core) serveAll(ctx context.Context, jobs []*job) (free, leased []*job) {
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
func (c *core) serve(ctx context.Context, j *job, v verdict, now time.Time) {
	switch v.use {
	case useNegative:
		j.finish(entry{Source: Remote}, ErrNotFound)
	case useBackoff:
		j.finish(entry{}, ErrBackoff)
	case useFresh, useStale, useSpare:
		e, err := c.decode(&j.rec, now, v.use != useFresh)
		if err != nil {
			c.corrupted(ctx, j.key, err, j.bad)
			j.bad = true
			return
		}
		if v.use != useFresh || v.early {
			j.spare, j.spared = e, true
		}
		if v.use == useSpare && !v.leased && !v.quiet {
			return
		}
		j.refresh = !v.leased && !v.quiet && (v.use == useStale || v.early)
		j.finish(e, nil)
		if v.use == useFresh {
			c.localPut(j)
		}
	}
}

// freshFor is how much longer a record is fresh. Of a plain value that was read
// only Redis knows; it is at most life, or Options.TTL when that is 0.
func (c *core) freshFor(r *record, life time.Duration, now time.Time) time.Duration {
	if r.kind != recEnvelope {
		if life == 0 {
			life = c.o.TTL
		}
		return life
	}
	return time.Duration(r.header.created+r.header.ttl-now.UnixMilli()) * time.Millisecond
}

// corrupted counts and reports an entry that cannot be decoded, once.
func (c *core) corrupted(ctx context.Context, key string, err error, again bool) {
	if again {
		return
	}
	c.stats.decodeErrors.Add(1)
	c.report(ctx, "decode", key, err)
}
