package health

import (
	"context"
	"errors"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// ErrAllowance is returned when the Checker may not send a command, because its
// allowance is used up.
var ErrAllowance = errors.New("health: the allowance of probes is used up")

// infoResult is one reply of INFO, or its failure.
type infoResult struct {
	info ServerInfo
	err  error
	asOf time.Time
}

// Server returns what the server reports about itself, and when it did. The reply
// holds for Options.InfoEvery, a failure for ten times Recheck. Errors: those of
// the client, and [ErrAllowance].
func (c *Checker) Server(ctx context.Context) (ServerInfo, time.Time, error) {
	if last := c.infos.latest(); last != nil && c.holds(last) {
		return last.info, last.asOf, last.err
	}
	r, ok := c.infos.do(ctx, func(ctx context.Context) infoResult {
		if last := c.infos.latest(); last != nil && c.holds(last) {
			return *last
		}
		return c.askInfo(ctx)
	})
	if !ok {
		return ServerInfo{}, time.Time{}, ctx.Err()
	}
	return r.info, r.asOf, r.err
}

func (c *Checker) holds(r *infoResult) bool {
	limit := c.o.InfoEvery
	if r.err != nil {
		limit = min(limit, 10*c.o.Recheck)
	}
	return time.Since(r.asOf) < limit
}

func (c *Checker) askInfo(ctx context.Context) infoResult {
	if !c.allowance.take(1) {
		return infoResult{err: ErrAllowance, asOf: time.Now()}
	}
	ctx, cancel := c.own(ctx)
	defer cancel()
	reply, err := c.d.Do(ctx, upstash.CommandOf(upstash.Unsafe, "INFO")) // as the PING
	text := ""
	if err == nil {
		text, err = reply.Text()
	}
	if errors.Is(err, upstash.ErrNotSent) {
		c.allowance.giveBack(1)
	}
	return infoResult{info: ParseInfo(text), err: err, asOf: time.Now()}
}
