package pipeline

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A DoerBatcher runs commands and batches; [*upstash.Client] is one.
type DoerBatcher interface {
	upstash.Doer
	upstash.Batcher
}

// AutoOptions tune an [Auto]. The zero value is good.
type AutoOptions struct {
	// MaxCommands bounds the commands of one batch. 0 means 1,000; negative
	// means no bound.
	MaxCommands int
	// MaxBytes bounds the bytes of all arguments in one batch. The request body
	// is a little longer, and up to six times as long when the arguments are
	// control characters. 0 means 1 MiB; negative means no bound.
	MaxBytes int
	// Large is the number of argument bytes above which a command travels by
	// itself, so that it does not hold up small ones. 0 means 64 KiB; negative
	// means never.
	Large int
	// MaxInFlight bounds the batches in flight at a time. A batch that has to
	// wait goes on gathering, so that few connections carry many commands.
	// Commands that travel by themselves for their size do not count. 0 means
	// 16, and 6 on GOOS=js, because an invocation of a Worker has no more
	// connections; negative means no bound, which suits callers that mix fast
	// commands with ones that take the server long.
	MaxInFlight int
	// MaxPending bounds the commands that have been accepted and not answered.
	// One more fails with [ErrQueueFull] before anything is sent. 0 means
	// 65,536; negative means no bound.
	MaxPending int
	// MergeReads sends identical read-only commands of one batch once, when no
	// command that writes stands between them, and gives each caller the same
	// reply. It saves billed commands where many callers read the same keys.
	MergeReads bool
	// NoResend gives the failure of a batch to all of its callers. By default
	// the commands that may be repeated are sent once more, by themselves, when
	// the client did not repeat the batch because of another command in it.
	NoResend bool
}

// Defaults of [AutoOptions].
const (
	defaultBatchCommands = 1000
	defaultBatchBytes    = 1 << 20
	defaultLarge         = 64 << 10
	defaultPending       = 1 << 16
)

// An Auto gathers the commands of concurrent callers into batches. It is an
// [upstash.Doer], safe for concurrent use; make one beside each client and
// share it.
//
// The caller that finds no batch being gathered begins one and leads it: it
// lets the other goroutines run ([runtime.Gosched]) as long as that brings new
// commands, four times at most, then sends what has gathered. There is no timer,
// and no goroutine that outlives a batch. A caller that has been alone for some
// commands does not even yield: it sends the next one as the client would.
//
// Each caller gets the reply to its own command, and the error that concerns
// its own command: see the package documentation.
type Auto struct {
	d      DoerBatcher
	o      AutoOptions   // with defaults
	slots  chan struct{} // one element for each batch in flight; nil: no bound
	closed *atomic.Bool  // shared with the isolated scopes

	mu      sync.Mutex // guards what follows, and the fields of batches that say so
	open    *batch     // being gathered by several callers; nil: the next one leads
	pending int        // commands that count for MaxPending
	live    batch      // head of the ring of batches that are not finished
	spare   *batch     // a finished batch that nobody knows any more
	hint    int        // length of the last batch of several
	quiet   int        // single commands in a row with nothing else under way
}

// quietEnough is how many commands a caller must have been alone for before its
// next one is sent without a yield.
const quietEnough = 3

// NewAuto returns an Auto over d.
func NewAuto(d DoerBatcher, o AutoOptions) *Auto {
	o.MaxCommands = bound(o.MaxCommands, defaultBatchCommands)
	o.MaxBytes = bound(o.MaxBytes, defaultBatchBytes)
	o.Large = bound(o.Large, defaultLarge)
	o.MaxInFlight = bound(o.MaxInFlight, defaultInFlight)
	o.MaxPending = bound(o.MaxPending, defaultPending)
	return newAuto(d, o, new(atomic.Bool))
}

func newAuto(d DoerBatcher, o AutoOptions, closed *atomic.Bool) *Auto {
	a := &Auto{d: d, o: o, closed: closed}
	if o.MaxInFlight > 0 {
		a.slots = make(chan struct{}, o.MaxInFlight)
	}
	a.live.next, a.live.prev = &a.live, &a.live
	return a
}

// Do runs cmd in a batch with the commands of other callers and returns its
// reply. It implements [upstash.Doer]; the errors are those of
// [upstash.Client.Do], and an *[UnsentError] when ctx ended before the batch was
// sent, after Close, or when too many commands are pending.
//
// When ctx ends while the command is on its way Do returns at once, with an
// *[upstash.MaybeAppliedError] if the command writes.
func (a *Auto) Do(ctx context.Context, cmd upstash.Command) (upstash.Reply, error) {
	return a.do(ctx, nil, cmd)
}

func (a *Auto) do(ctx context.Context, s *Scope, cmd upstash.Command) (upstash.Reply, error) {
	b, i, lead, err := a.join(ctx, s, cmd, false)
	if err != nil {
		return upstash.Reply{}, err
	}
	if lead {
		return b.lead(ctx, cmd)
	}
	return b.await(ctx, i, cmd)
}

// DoBatch passes b on as it is: a batch of the caller's own stays together and
// is not mixed with others. It implements [upstash.Batcher], so that pipelines
// and transactions can be made on an Auto.
func (a *Auto) DoBatch(ctx context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	a.mu.Lock()
	if a.closed.Load() {
		a.mu.Unlock()
		return nil, &UnsentError{Command: "the batch", Err: ErrClosed}
	}
	own := &batch{auto: a, state: sealed, done: make(chan struct{})} // for Flush
	a.enterLocked(own)
	a.mu.Unlock()
	defer own.finish()
	return a.d.DoBatch(ctx, b)
}

// Flush waits until every command that was accepted before has been answered,
// or ctx ends. Nothing needs it to be sent.
func (a *Auto) Flush(ctx context.Context) error {
	var wait []<-chan struct{}
	a.mu.Lock()
	for b := a.live.next; b != &a.live; b = b.next {
		wait = append(wait, b.doneLocked())
	}
	a.mu.Unlock()
	for _, done := range wait {
		select {
		case <-done:
		case <-ctx.Done():
			return ended(ctx)
		}
	}
	return nil
}

// Close makes later calls fail with [ErrClosed], also those of all scopes, then
// waits as Flush does. The client stays open. Isolated scopes are not waited
// for: [Scope.Flush] each where it belongs.
func (a *Auto) Close(ctx context.Context) error {
	a.closed.Store(true)
	return a.Flush(ctx)
}

// join puts cmd into a batch. lead is set when that batch is new: somebody must
// call lead, or leadOn for a command that was queued by Go.
func (a *Auto) join(ctx context.Context, s *Scope, cmd upstash.Command, queued bool) (b *batch, i int, lead bool, err error) {
	if err := cmd.Err(); err != nil {
		return nil, 0, false, err
	}
	if ctx.Err() != nil {
		return nil, 0, false, &UnsentError{Command: nameOf(&cmd), Err: ended(ctx)}
	}
	n, text := argBytes(&cmd)
	m := member{size: n, alone: !text || a.o.Large > 0 && n > a.o.Large, queued: queued, scope: s}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed.Load() {
		return nil, 0, false, &UnsentError{Command: nameOf(&cmd), Err: ErrClosed}
	}
	if a.o.MaxPending > 0 && a.pending >= a.o.MaxPending {
		return nil, 0, false, &UnsentError{Command: nameOf(&cmd), Err: ErrQueueFull}
	}
	b, lead = a.placeLocked(m)
	if lead {
		b.solo = !queued && a.pending == 0 && a.quiet >= quietEnough
	}
	i = b.addLocked(ctx, cmd, m)
	if s != nil && queued {
		s.queuedLocked(b, cmd)
	}
	return b, i, lead, nil
}

// A member is what decides about the batch of a command.
type member struct {
	scope  *Scope
	size   int
	alone  bool // must not share a batch
	queued bool // by Go: the caller may queue more before it is answered
}

// placeLocked finds or begins the batch for m.
func (a *Auto) placeLocked(m member) (b *batch, isNew bool) {
	if m.scope != nil {
		if last := m.scope.lastLocked(); last != nil {
			return m.scope.placeAfterLocked(last, m)
		}
	}
	if m.alone {
		b = a.beginLocked()
		b.alone = true
		return b, true
	}
	if a.open != nil && a.open.fitsLocked(m) {
		return a.open, false
	}
	a.open = a.beginLocked()
	return a.open, true
}

// beginLocked makes an empty batch and enters it into the ring.
func (a *Auto) beginLocked() *batch {
	b := a.spare
	a.spare = nil
	if b == nil {
		b = &batch{auto: a}
	}
	a.enterLocked(b)
	return b
}

// enterLocked enters b into the ring.
func (a *Auto) enterLocked(b *batch) {
	b.prev, b.next = a.live.prev, &a.live
	b.prev.next, b.next.prev = b, b
}
