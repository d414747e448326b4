//go:build !js

package ratelimit

import (
	"context"
	"time"
)

// within bounds ctx until the function is called, as it must be.
func within(ctx context.Context, d time.Duration) (context.Context, func()) {
	return context.WithTimeout(ctx, d)
}
