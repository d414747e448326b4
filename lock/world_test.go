//go:build !wasm

package lock_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A world is a simulated server with processes around it, inside a synctest
// bubble: each has a clock of its own that drifts, can be paused as a whole, and
// is connected by a network that delays, loses and repeats.
type world struct {
	tb    testing.TB
	began time.Time
	rate  float64 // of the server's clock
	*model

	mu        sync.Mutex // guards what follows
	listeners map[string][]chan struct{}
	broken    []string // invariants that did not hold
	flights   sync.WaitGroup
}

func newWorld(tb testing.TB, rate float64) *world {
	w := &world{tb: tb, began: time.Now(), rate: rate, listeners: map[string][]chan struct{}{}}
	w.model = &model{keys: map[string]*modelKey{}, now: w.serverNow, publish: w.deliver}
	return w
}

func (w *world) serverNow() time.Time {
	return w.began.Add(time.Duration(float64(time.Since(w.began)) * w.rate))
}

func (w *world) deliver(channel string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.listeners[channel] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// ran returns how many commands have run.
func (w *world) ran() int {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	return w.commands
}

func (w *world) violated(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, what)
}

// A process is one client of the world: a clock, a Doer and a Subscribe.
type process struct {
	w    *world
	rate float64

	mu     sync.Mutex // guards what follows
	net    network
	rnd    *rand.Rand
	timers chan struct{} // closed while timers run; open: paused
	work   chan struct{} // the same for everything else
	away   time.Time     // partitioned until then
}

// A network says how often what goes wrong, as shares of all requests, and how
// slow it is.
type network struct {
	notSent, requestLost, replyLost, repeated, slow float64
	delay                                           time.Duration // one way, at most; ten times that when slow
	timeout                                         time.Duration
}

func (w *world) process(rate float64, net network, seed uint64) *process {
	open := make(chan struct{})
	close(open)
	return &process{w: w, rate: rate, net: net, rnd: rand.New(rand.NewPCG(seed, 7)), timers: open, work: open}
}

// network returns how the network is now, and with change changes it.
func (p *process) network(change ...func(n *network)) network {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range change {
		f(&p.net)
	}
	return p.net
}

func (p *process) random() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rnd.Float64()
}

func (p *process) upTo(d time.Duration) time.Duration {
	return time.Duration(p.random() * float64(d))
}

// Now implements lock.Clock.
func (p *process) Now() time.Time {
	return p.w.began.Add(time.Duration(float64(time.Since(p.w.began)) * p.rate))
}

// AfterFunc implements lock.Clock; a paused process runs its timers when it goes
// on, before anything else.
func (p *process) AfterFunc(d time.Duration, f func()) lock.Timer {
	return time.AfterFunc(time.Duration(float64(d)/p.rate)+1, func() {
		p.mu.Lock()
		gate := p.timers
		p.mu.Unlock()
		<-gate
		f()
	})
}

// pause stops the whole process for d. Only one goroutine of a bubble may use it
// at a time.
func (p *process) pause(d time.Duration) {
	timers, work := make(chan struct{}), make(chan struct{})
	p.mu.Lock()
	p.timers, p.work = timers, work
	p.mu.Unlock()
	time.Sleep(d)
	close(timers)
	synctest.Wait()
	close(work)
}

// gate holds everything but timers while the process is paused.
func (p *process) gate() {
	p.mu.Lock()
	gate := p.work
	p.mu.Unlock()
	<-gate
}

func (p *process) paused() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.work:
		return false
	default:
		return true
	}
}

// partition cuts the process off for d.
func (p *process) partition(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = time.Now().Add(d)
}

func (p *process) cutOff() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.away)
}

var errNet = errors.New("simulated network failure")

// Do implements upstash.Doer.
func (p *process) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	p.gate()
	if err := ctx.Err(); err != nil {
		return upstash.Reply{}, &upstash.TransportError{Command: cmd.Name(), Err: err}
	}
	if p.random() < p.network().notSent {
		return upstash.Reply{}, &upstash.TransportError{Command: cmd.Name(), Err: errNet}
	}
	answer := make(chan any, 1)
	p.w.flights.Go(func() { p.carry(cmd, answer) })
	timeout := time.NewTimer(p.network().timeout)
	defer timeout.Stop()
	var cause error
	select {
	case v := <-answer:
		p.gate()
		r := upstash.ReplyOf(v)
		if err := r.Err(); err != nil {
			e, _ := errors.AsType[*upstash.ServerError](err)
			return upstash.Reply{}, &upstash.ServerError{Command: cmd.Name(), Code: e.Code, Message: e.Message, Status: 400}
		}
		return r, nil
	case <-ctx.Done():
		cause = ctx.Err()
	case <-timeout.C:
		cause = context.DeadlineExceeded
	}
	p.gate()
	te := &upstash.TransportError{Command: cmd.Name(), Sent: true, Err: cause}
	if cmd.ReadOnly() {
		return upstash.Reply{}, te
	}
	return upstash.Reply{}, &upstash.MaybeAppliedError{Err: te}
}

// carry takes a request to the server and the answer back.
func (p *process) carry(cmd upstash.Command, answer chan<- any) {
	delay := p.network().delay
	if p.random() < p.network().slow {
		delay *= 10
	}
	time.Sleep(p.upTo(delay))
	if p.cutOff() || p.random() < p.network().requestLost {
		return
	}
	v := p.w.exec(cmd)
	if p.random() < p.network().repeated {
		p.w.flights.Go(func() {
			time.Sleep(p.upTo(20 * delay))
			p.w.exec(cmd)
		})
	}
	time.Sleep(p.upTo(delay))
	if p.cutOff() || p.random() < p.network().replyLost {
		return
	}
	answer <- v
}

// Subscribe is a lock.Subscribe.
func (p *process) Subscribe(ctx context.Context, channel string, _ upstash.StreamOptions) iter.Seq2[upstash.Event, error] {
	return func(yield func(upstash.Event, error) bool) {
		time.Sleep(p.upTo(p.network().delay))
		c := make(chan struct{}, 1)
		p.w.mu.Lock()
		p.w.listeners[channel] = append(p.w.listeners[channel], c)
		p.w.mu.Unlock()
		if !yield(upstash.Event{Kind: upstash.EventReady}, nil) {
			return
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-c:
			}
			if p.random() < p.network().replyLost {
				yield(upstash.Event{}, errNet)
				return
			}
			p.gate()
			if !yield(upstash.Event{Kind: upstash.EventMessage, Channel: channel}, nil) {
				return
			}
		}
	}
}
