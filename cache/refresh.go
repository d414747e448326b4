package cache

import (
	"context"
)

// refreshAll reloads, in the background, what was served stale or early. A key
// that is being reloaded by this process already is left alone.
func (c *Cache[T]) refreshAll(ctx context.Context, jobs []*job[T], load loadFunc[T]) {
	var again []*job[T]
	c.mu.Lock()
	for _, j := range jobs {
		if j.refresh && !c.busy[j.key] {
			c.busy[j.key] = true
			again = append(again, &job[T]{id: j.id, key: j.key, tagKeys: j.tagKeys, version: j.version, rec: j.rec, tags: j.tags, spare: j.spare})
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
		defer c.work.end()
		defer c.idle(again)
		c.refreshJobs(context.WithoutCancel(ctx), again, load)
	})
}

// inBackground runs what nobody waits for, on the host's terms if it has any.
func (c *Cache[T]) inBackground(ctx context.Context, run func()) {
	if c.o.Background != nil {
		c.o.Background(ctx, run)
		return
	}
	go run()
}

// abandoned is told that nobody waits for a load any more, which is cancelled and
// has its lease to give back; it ends with done. ctx is that of the last waiter.
func (c *Cache[T]) abandoned(ctx context.Context, done <-chan struct{}) {
	c.work.add()
	c.inBackground(ctx, func() {
		<-done
		c.work.end()
	})
}

// refreshJobs loads what it gets a lease for. A lease lost means that somebody
// has loaded, set or deleted the entry since it was read; their value stands.
func (c *Cache[T]) refreshJobs(ctx context.Context, jobs []*job[T], load loadFunc[T]) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(c.base, func() { cancel(ErrClosed) })
	defer stop()
	c.acquireAll(ctx, jobs)
	held := holders(jobs)
	if len(held) == 0 {
		return
	}
	if p := guard(func() { c.loadAndStore(ctx, held, load) }); p != nil {
		c.report(ctx, "refresh", held[0].key, p)
	}
}

func (c *Cache[T]) idle(jobs []*job[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, j := range jobs {
		delete(c.busy, j.key)
	}
}
