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
		if j.refresh && !c.busy[j.key] && !c.closed {
			c.busy[j.key] = true
			again = append(again, &job[T]{id: j.id, key: j.key, tagKeys: j.tagKeys, version: j.version, rec: j.rec, tags: j.tags, spare: j.spare})
		}
	}
	if len(again) > 0 {
		c.work.Add(1)
	}
	c.mu.Unlock()
	if len(again) == 0 {
		return
	}
	go func() {
		defer c.work.Done()
		defer c.idle(again)
		c.refreshJobs(context.WithoutCancel(ctx), again, load)
	}()
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
