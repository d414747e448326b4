package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A modelServer is a transport under the real client: it applies commands to a
// model and answers slowly, wrongly or not at all. Every command carries an id
// of its own, so that each of its arrivals can be counted.
type modelServer struct {
	mu      sync.Mutex
	rng     *rand.Rand
	trouble float64 // probability of each kind of failure

	applied map[string]int // arrivals by id
	order   []string       // ids in the order of their first arrival
}

var errModel = errors.New("connection reset by model")

func (m *modelServer) float() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rng.Float64()
}

func (m *modelServer) RoundTrip(ctx context.Context, req *upstash.Request, resp *upstash.Response) error {
	if m.float() < m.trouble {
		return upstash.NotSent(errModel)
	}
	var cmds [][]string
	batch := strings.HasSuffix(req.URL, "/pipeline")
	if batch {
		if err := json.Unmarshal(req.Body, &cmds); err != nil {
			return err
		}
	} else {
		cmds = make([][]string, 1)
		if err := json.Unmarshal(req.Body, &cmds[0]); err != nil {
			return err
		}
	}
	if err := m.wait(ctx); err != nil { // on the way there
		return err
	}
	if m.float() < m.trouble {
		return errModel
	}
	body := m.apply(cmds)
	if err := m.wait(ctx); err != nil { // on the way back
		return err
	}
	switch x := m.float(); {
	case x < m.trouble:
		return errModel
	case x < 2*m.trouble:
		body = body[:len(body)/2] // damaged
	case x < 3*m.trouble && batch:
		body = append(body, `{"result":"surplus"}`) // the wrong length
	case x < 3.5*m.trouble && batch: // a lone caller gets its panic itself
		panic(errModel)
	}
	resp.Status = 200
	text := strings.Join(body, ",")
	if batch {
		text = "[" + text + "]"
	}
	resp.Body = append(resp.Body, text...)
	return nil
}

func (m *modelServer) wait(ctx context.Context) error {
	if m.float() < 0.3 {
		return nil
	}
	t := time.NewTimer(time.Duration(m.float() * float64(4*time.Millisecond)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// apply counts the arrivals and answers each command with its id.
func (m *modelServer) apply(cmds [][]string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, c := range cmds {
		id := c[1]
		if m.applied[id] == 0 {
			m.order = append(m.order, id)
		}
		m.applied[id]++
		if strings.HasSuffix(id, "-fails") {
			out = append(out, `{"error":"WRONGTYPE `+id+`"}`)
		} else {
			out = append(out, `{"result":"`+id+`"}`)
		}
	}
	return out
}

func (m *modelServer) arrivals(id string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied[id]
}

// A modelCall is one command of a caller and what came of it.
type modelCall struct {
	id    string
	class upstash.Class
	left  bool // the caller may have left in flight
	err   error
	reply string
}

// A modelCaller runs commands one after the other, or queues them.
type modelCaller struct {
	name  string
	calls []modelCall
}

// TestAutoModel drives random schedules and checks for each command that its
// caller got its own answer, and that what the caller was told is true.
func TestAutoModel(t *testing.T) {
	t.Parallel()
	seeds := 150
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { runModel(t, uint64(seed)) })
		})
	}
}

func runModel(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	server := &modelServer{rng: rand.New(rand.NewPCG(seed, 2)), applied: map[string]int{}}
	if seed%3 != 0 {
		server.trouble = 0.08
	}
	client, err := upstash.New(upstash.Config{
		URL: "https://db.example.com", Token: "t", Transport: server, Encoding: upstash.Plain,
		Retry: upstash.Retry{MinBackoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, Budget: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := pipeline.NewAuto(client, pipeline.AutoOptions{
		MaxCommands: []int{0, 2, 7}[rng.IntN(3)],
		MaxBytes:    []int{0, 60}[rng.IntN(2)],
		Large:       []int{0, 14}[rng.IntN(2)],
		MaxInFlight: []int{0, 1, 3}[rng.IntN(3)],
		MaxPending:  []int{0, 0, 12}[rng.IntN(3)],
		MergeReads:  rng.IntN(2) == 0,
	})
	callers := make([]*modelCaller, 24)
	var wg sync.WaitGroup
	for i := range callers {
		c := &modelCaller{name: "c" + strconv.Itoa(i)}
		callers[i] = c
		own := rand.New(rand.NewPCG(seed, 100+uint64(i)))
		wg.Go(func() {
			if i%3 == 0 {
				c.queue(t.Context(), a.Scope(), own)
			} else {
				c.run(t.Context(), a, own)
			}
		})
	}
	wg.Wait()
	if err := a.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	synctest.Wait()
	before := len(server.order)
	for _, c := range callers {
		c.check(t, server)
	}
	if err := pause(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if len(server.order) != before {
		t.Error("something was sent after Close")
	}
}

// next makes command n of the caller. Reads, idempotent writes and others are
// equally likely.
func (c *modelCaller) next(rng *rand.Rand, n int) (upstash.Cmd[string], modelCall) {
	id := c.name + "-" + strconv.Itoa(n)
	if rng.IntN(10) == 0 {
		id += "-fails"
	}
	var x upstash.Command
	switch rng.IntN(3) {
	case 0:
		x = upstash.NewCommand("GET", id)
	case 1:
		x = upstash.NewCommand("SET", id, "v")
	default:
		x = upstash.NewCommand("INCR", id)
	}
	return upstash.As(x, upstash.Reply.Text), modelCall{id: id, class: x.Class()}
}

// run runs commands one after the other; some contexts end early.
func (c *modelCaller) run(ctx context.Context, a *pipeline.Auto, rng *rand.Rand) {
	for n := range 12 {
		x, call := c.next(rng, n)
		own, cancel := context.WithCancel(ctx)
		if rng.IntN(4) == 0 {
			cancel()
			own, cancel = context.WithTimeout(ctx, time.Duration(rng.IntN(6000))*time.Microsecond)
		}
		call.reply, call.err = x.Do(own, a)
		call.left = own.Err() != nil
		cancel()
		c.calls = append(c.calls, call)
		if rng.IntN(3) == 0 {
			_ = pause(ctx, time.Duration(rng.IntN(3000))*time.Microsecond)
		}
	}
}

// queue queues commands in groups and waits for each group.
func (c *modelCaller) queue(ctx context.Context, s *pipeline.Scope, rng *rand.Rand) {
	type queued struct {
		future *pipeline.Future[string]
		call   modelCall
		ctx    context.Context
	}
	n := 0
	for range 4 {
		var group []queued
		for range 1 + rng.IntN(5) {
			x, call := c.next(rng, n)
			n++
			own := ctx
			if rng.IntN(6) == 0 {
				short, cancel := context.WithTimeout(ctx, time.Duration(rng.IntN(4000))*time.Microsecond)
				defer cancel()
				own = short
			}
			group = append(group, queued{pipeline.Go(own, s, x), call, own})
			if rng.IntN(4) == 0 {
				_ = pause(ctx, time.Duration(rng.IntN(2000))*time.Microsecond)
			}
		}
		for _, q := range group {
			q.call.reply, q.call.err = q.future.Wait(ctx)
			q.call.left = q.ctx.Err() != nil
			c.calls = append(c.calls, q.call)
		}
	}
}

// check compares what the caller was told with what has happened.
func (c *modelCaller) check(t *testing.T, m *modelServer) {
	t.Helper()
	place := map[string]int{}
	for i, id := range m.order {
		place[id] = i
	}
	last := -1
	for _, x := range c.calls {
		x.check(t, m.arrivals(x.id))
		at, arrived := place[x.id]
		if x.left {
			continue // it may be overtaken
		}
		if arrived && at < last {
			t.Errorf("%s arrived before an earlier command of its caller", x.id)
		}
		if arrived {
			last = at
		}
	}
}

func (x modelCall) check(t *testing.T, arrivals int) {
	t.Helper()
	said := func(what string) {
		t.Helper()
		t.Errorf("%s (%v): %s; %d arrivals, error %v", x.id, x.class, what, arrivals, x.err)
	}
	fails := strings.HasSuffix(x.id, "-fails")
	outcome := upstash.OutcomeOf(x.err)
	if x.class == upstash.Unsafe && arrivals > 1 {
		said("repeated a command that must not be")
	}
	switch {
	case x.err == nil:
		if x.reply != x.id {
			said("got the reply " + x.reply)
		}
		if arrivals == 0 || fails {
			said("succeeded")
		}
	case errors.Is(x.err, upstash.ErrMaybeApplied) && x.class == upstash.ReadOnly:
		said("a read may have been applied")
	case outcome == upstash.NotApplied && x.class != upstash.ReadOnly && arrivals > 0:
		said("is said not to be applied")
	case outcome == upstash.Rejected && (!fails || arrivals == 0 || !strings.Contains(x.err.Error(), x.id)):
		said("got somebody else's error")
	}
	if _, ok := errors.AsType[*pipeline.UnsentError](x.err); ok && arrivals > 0 {
		said("is said not to be sent")
	}
}
