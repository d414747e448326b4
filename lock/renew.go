package lock

import (
	"context"
	"time"
)

// watchLocked arms the timer that ends the lease.
func (s *lease) watchLocked() {
	c := s.l.o.clock
	s.expiry = c.AfterFunc(remaining(c.Now(), s.until), s.expire)
}

// expire runs when the local validity should have ended; renewals since then have
// moved the end.
func (s *lease) expire() {
	s.mu.Lock()
	now := s.l.o.clock.Now()
	if s.state == live && !reached(now, s.until) {
		s.watchLocked()
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	s.lose(errExpired)
}

// expireIfDue is expire for a process whose timers are late.
func (s *lease) expireIfDue() {
	s.mu.Lock()
	due := s.state == live && reached(s.l.o.clock.Now(), s.until)
	s.mu.Unlock()
	if due {
		s.lose(errExpired)
	}
}

// lose ends the lease if it is live.
func (s *lease) lose(why *LostError) {
	s.mu.Lock()
	if s.state != live {
		s.mu.Unlock()
		return
	}
	s.why = why
	s.closeLocked(lost)
	s.mu.Unlock()
	s.cancel(why)
	s.left()
	s.l.stats.note(Event{Kind: Lost, Class: s.class, Held: s.held()})
}

// extend asks the server for a new TTL. The validity counts from before the
// request, so neither the way there nor the way back can make it too long; and an
// answer that comes after the end of the old validity does not revive the lease,
// because its context has told of the end, or should have.
func (s *lease) extend(ctx context.Context) error {
	sent := s.l.o.clock.Now()
	ok, err := s.l.site.extend(ctx, &s.h, s.h.owner)
	if err != nil {
		s.l.stats.note(Event{Kind: RenewFailed, Class: s.class})
		return err
	}
	s.expireIfDue()
	if !ok {
		s.lose(errTaken)
		return s.over()
	}
	s.mu.Lock()
	if err := s.overLocked(); err != nil {
		s.mu.Unlock()
		return err
	}
	if ends := sent.Add(s.l.o.validity()); ends.After(s.until) {
		s.until = ends
	}
	s.mu.Unlock()
	s.l.stats.note(Event{Kind: Renewed, Class: s.class})
	return nil
}

// renew runs when a renewal is due. A renewal that fails is repeated ever sooner
// while the validity lasts; none may take more than half of what is left, so that
// there is time for another one.
func (s *lease) renew() {
	if s.board() != nil {
		return
	}
	defer s.flights.Done()
	s.mu.Lock()
	if s.state == live && s.expiry == nil {
		s.watchLocked()
	}
	s.mu.Unlock()
	c := s.l.o.clock
	left := remaining(c.Now(), s.ends())
	ctx, cancel := bounded(s.ctx, c, max(left/2, time.Millisecond))
	err := s.extend(ctx)
	cancel()
	next := s.l.o.Renew
	if err != nil {
		next = max(remaining(c.Now(), s.ends())/4, s.l.o.TTL/64)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == live {
		s.renewal = c.AfterFunc(next, s.renew)
	}
}

// held is how long the lease has been in force.
func (s *lease) held() time.Duration { return s.l.o.clock.Now().Sub(s.acquired) }
