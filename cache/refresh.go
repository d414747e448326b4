package cache

import (
	"context"
	"time"
)

// refreshAll reloads, in the background, what was served stale or early. A key
// that is being reloaded by this process already is left alone.
func (c *core) refreshAll(ctx context.Context, jobs []*job, load batchLoader) {
	var again []*job
	c.mu.Lock()
	for _, j := range jobs {
		if j.refresh && !c.busy[j.key] {
			c.busy[j.key] = true
			again = append(again, &job{id: j.id, key: j.key, tagKeys: j.tagKeys, version: j.version, rec: j.rec, tags: j.tags, spare: j.spare, spared: j.spared, several: j.several})
		}
	}
	c.mu.Unlock()
	if len(again) == 0 {
		return
	}
	if !c.work.begin() {
		c.idle(again)
		return
	}
	c.inBackground(ctx, func() {
		defer func() {
			c.idle(again)
			c.work.end()
		}()
		c.refreshJobs(&refreshing{base: c.base, values: context.WithoutCancel(ctx)}, again, load)
	})
}

// inBackground runs what nobody waits for, on the host's terms if it has any.
func (c *core) inBackground(ctx context.Context, run func()) {
	if c.o.Background != nil {
		c.o.Background(ctx, run)
		return
	}
	go run()
}

// abandoned is told that nobody waits for a load any more, which is cancelled and
// has its lease to give back; it ends with done. ctx is that of the last waiter.
func (c *core) abandoned(ctx context.Context, done <-chan struct{}) {
	c.work.add()
	c.inBackground(ctx, func() {
		<-done
		c.work.end()
	})
}

// refreshJobs loads what it gets a lease for. A lease lost means that somebody
// has loaded, set or deleted the entry since it was read; their value stands.
func (c *core) refreshJobs(ctx context.Context, jobs []*job, load batchLoader) {
	c.acquireAll(ctx, jobs)
	held := holders(jobs)
	if len(held) == 0 {
		return
	}
	if p := guard(func() { c.loadAndStore(ctx, held, load) }); p != nil {
		c.report(ctx, "refresh", held[0].key, p)
	}
}

// A refreshing is the context of a reload: it ends with Close and has the values of
// the caller's.
type refreshing struct {
	base, values context.Context //nolint:containedctx // this is one
	_            [0]func()       // not compared, so that there is no code for it
}

func (r *refreshing) Deadline() (time.Time, bool) { return r.base.Deadline() }
func (r *refreshing) Done() <-chan struct{}       { return r.base.Done() }
func (r *refreshing) Err() error                  { return r.base.Err() }

func (r *refreshing) Value(key any) any {
	if v := r.values.Value(key); v != nil {
		return v
	}
	return r.base.Value(key) // the package context asks a context for itself
}

func (c *core) idle(jobs []*job) {
	c.mu.Lock()
	for _, j := range jobs {
		delete(c.busy, j.key)
	}
	c.mu.Unlock()
}
