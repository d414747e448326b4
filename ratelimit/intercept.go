package ratelimit

import "context"

// A Next is the rest of a call: a procedure, or the next interceptor.
type Next[Req, Resp any] func(ctx context.Context, req Req) (Resp, error)

// An Interceptor runs around a call.
type Interceptor[Req, Resp any] func(ctx context.Context, req Req, next Next[Req, Resp]) (Resp, error)

// Intercept returns an interceptor that asks l before it lets a call through; a
// call that is refused gets a *[LimitedError]. key names who calls; "" lets the
// call through uncounted. It fits RPC frameworks directly or with a line of glue,
// and any function by hand.
func Intercept[Req, Resp any](l *Limiter, key func(ctx context.Context, req Req) string) Interceptor[Req, Resp] {
	return func(ctx context.Context, req Req, next Next[Req, Resp]) (Resp, error) {
		var zero Resp
		id := key(ctx, req)
		if id == "" {
			return next(ctx, req)
		}
		d, err := l.Allow(ctx, id)
		switch {
		case err != nil:
			return zero, err
		case !d.Allowed:
			return zero, &LimitedError{Decision: d}
		}
		return next(ctx, req)
	}
}
