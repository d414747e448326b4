package lock

import (
	"context"
	"time"
)

// watchLocked arms the timer that ends the lease.
func (s *lease) watchLocked() {
	s.expiry = s.l.after(s.l.until(s.ends), s.expire)
}

// remains is how long the lease lasts unless it is extended.
func (s *lease) remains() time.Duration {
	s.mu.Lock()
	ends := s.ends
	s.mu.Unlock()
	return s.l.until(ends)
}

// expire runs when the local validity should have ended; extensions since then have
// moved the end.
func (s *lease) expire() {
	if s.expired() {
		return
	}
	s.mu.Lock()
	if s.why == nil {
		s.watchLocked()
	}
	s.mu.Unlock()
}

// expired ends the lease if its time has come, and reports that.
func (s *lease) expired() bool {
	due := s.remains() <= 0
	if due {
		s.lose(errExpired)
	}
	return due
}

// lose ends the lease if it lasts.
func (s *lease) lose(why *LostError) {
	if s.end(why) == nil {
		s.left()
		s.note(Lost)
	}
}

// end ends the lease locally if it lasts, or returns why it is over.
func (s *lease) end(why error) error {
	s.mu.Lock()
	before := s.why
	if before == nil {
		s.why = why
		if s.expiry != nil {
			s.expiry.Stop()
		}
		if s.renewal != nil {
			s.renewal.Stop()
		}
	}
	too := s.too
	s.mu.Unlock()
	if before == nil {
		s.cancel(why)
		if too != nil {
			too(why)
		}
	}
	return before
}

// endsToo lets another context end with the lease.
func (s *lease) endsToo(cancel context.CancelCauseFunc) {
	s.mu.Lock()
	s.too = cancel
	why := s.why
	s.mu.Unlock()
	if why != nil {
		cancel(why)
	}
}

// close ends the lease locally on the holder's wish, or returns why it is over. No
// extension is in flight then.
func (s *lease) close() error {
	s.expired()
	before := s.end(ErrReleased)
	if before == ErrReleased { //nolint:errorlint // nothing else is stored for that
		return before // whoever released it waits
	}
	s.mu.Lock()
	if s.flights > 0 && s.landed == nil {
		s.landed = make(chan struct{})
	}
	landed := s.landed
	s.mu.Unlock()
	if landed != nil {
		<-landed
	}
	return before
}

// board begins an extension unless the lease is over; land ends it.
func (s *lease) board() error {
	s.mu.Lock()
	why := s.why
	if why == nil {
		s.flights++
		if s.expiry == nil {
			s.watchLocked()
		}
	}
	s.mu.Unlock()
	return why
}

func (s *lease) land() {
	s.mu.Lock()
	s.flights--
	if s.flights == 0 && s.landed != nil {
		close(s.landed)
	}
	s.mu.Unlock()
}

// over returns why the lease no longer lasts, nil while it does.
func (s *lease) over() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why
}

// left passes the turn in this process on.
//
//go:noinline
func (s *lease) left() {
	if s.inLine {
		s.l.books.leave(s.h.name)
	}
}

// note counts an event in the life of the lease.
func (s *lease) note(kind EventKind) {
	var held time.Duration
	if kind >= Released {
		held = s.l.since(s.acquired)
	}
	s.l.note(kind, s.h.class, held, 0)
}

// extend asks the server for a new TTL. The validity counts from before the
// request, so neither the way there nor the way back can make it too long; and an
// answer that comes after the end of the old validity does not revive the lease,
// because its context has told of the end, or should have.
func (s *lease) extend(ctx context.Context) error {
	ends := s.l.ends()
	ok, err := s.l.site.extend(ctx, s.h, s.h.owner)
	if err != nil {
		s.note(RenewFailed)
		return err
	}
	if !s.expired() && !ok {
		s.lose(errTaken)
	}
	s.mu.Lock()
	err = s.why
	if err == nil && ends.After(s.ends) {
		s.ends = ends
	}
	s.mu.Unlock()
	if err == nil {
		s.note(Renewed)
	}
	return err
}

// renew runs when a renewal is due. A renewal that fails is repeated ever sooner
// while the validity lasts; none may take more than half of what is left, so that
// there is time for another one.
func (s *lease) renew() {
	if s.board() != nil {
		return
	}
	o := &s.l.o
	ctx, cancel := s.l.bounded(s.ctx, max(s.remains()/2, time.Millisecond))
	err := s.extend(ctx)
	cancel()
	next := o.Renew
	if err != nil {
		next = max(s.remains()/4, o.TTL/64)
	}
	s.mu.Lock()
	if s.why == nil {
		s.renewal = s.l.after(next, s.renew)
	}
	s.mu.Unlock()
	s.land()
}
