package ratelimit

import "time"

// Scripts are all scripts of the package, for tests that run them.
func Scripts() []interface{ SHA() string } {
	return []interface{ SHA() string }{
		scriptFixed.get(), scriptSlide.get(), scriptLog.get(), scriptBucket.get(), scriptGCRA.get(), scriptAll.get(), scriptConcurrency.get(),
	}
}

// SetNow replaces the local clock.
func (e *engine) SetNow(now func() time.Time) { e.now = now }

// SetGuard replaces what the clocks may differ by.
func (l *Limiter) SetGuard(ms int64) {
	l.guard = ms
	l.args = l.policy.Algorithm.arguments(ms)
}

// Remembered returns how many refusals are remembered.
func (l *Limiter) Remembered() int { return l.memory.len() }

// LocalWindows returns how many ids are counted locally.
func (e *engine) LocalWindows() int {
	e.local.mu.Lock()
	defer e.local.mu.Unlock()
	return len(e.local.windows)
}

// Stamp returns the window of a take.
func (d Decision) Stamp() int64 { return d.stamp }

// MaxFallback is the bound of LocalWindows.
const MaxFallback = maxFallback

// Rate returns how many tokens come back per so many milliseconds, for a token
// bucket or GCRA.
func (a Algorithm) Rate() (tokens, ms int64) { return a.b, a.a }

// Held returns for how many ids tokens are held.
func (s *Leased) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held)
}
