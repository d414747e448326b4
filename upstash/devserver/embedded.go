//go:build !wasm

package devserver

import (
	"bufio"
	"bytes"
	"context"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// An embedded backend is a miniredis without a listener: commands are handed to
// its dispatcher directly. One mutex serialises everything, as Redis does, so
// emulated commands and transactions are atomic.
//
// miniredis does not let time pass by itself, see embedded_ttl.go.
type embedded struct {
	mu  sync.Mutex
	m   *miniredis.Miniredis // mu is held while it runs commands
	srv *server.Server

	peer *server.Peer  // guarded by mu; the one connection
	out  *bytes.Buffer // guarded by mu; what peer wrote
	w    *bufio.Writer

	ours       *server.Peer // guarded by mu; the peer our own code dispatches for
	userScript bool         // guarded by mu; a script of the user is running

	free      []*scratch          // guarded by mu; for call
	clock     clock               // guarded by mu
	functions map[string]*library // guarded by mu
	counts    keyspaceCounts      // guarded by mu
	rate      rateMeter           // guarded by mu
	hub       *hub
	stats     *counters
	started   time.Time
}

func newEmbedded(st *counters) (*embedded, error) {
	e := &embedded{
		m:         miniredis.NewMiniRedis(),
		out:       new(bytes.Buffer),
		functions: map[string]*library{},
		hub:       newHub(),
		stats:     st,
		started:   time.Now(),
	}
	e.clock.start = e.started
	c, err := e.m.Dial() // starts it without a listener
	if err != nil {
		return nil, err
	}
	_ = c.Close()
	e.srv = e.m.Server()
	e.w = bufio.NewWriter(e.out)
	e.peer = server.NewPeer(e.w)
	for name, h := range extraCommands {
		var opts []server.CmdOption
		if spec := commandSpecs[name]; spec != nil && spec.access == accessRead {
			opts = append(opts, server.ReadOnlyOption())
		}
		// A name that miniredis has in the meantime keeps its own handler.
		_ = e.srv.Register(name, e.handler(h), opts...)
	}
	e.srv.SetPreHook(e.hook)
	return e, nil
}

func (e *embedded) close() {
	e.hub.close()
	// A script that never ends holds mu for good. Then there is nothing to
	// wait for: without a listener, miniredis owns no resources.
	if e.mu.TryLock() {
		e.m.Close()
		e.mu.Unlock()
	}
}

func (e *embedded) acquire(context.Context) (conn, error) { return e, nil }

func (e *embedded) release() {}

func (e *embedded) features(context.Context) (*features, error) {
	return &features{embedded: true, setIfEq: true}, nil
}

func (e *embedded) subscribe(_ context.Context, kind, name string) (stream, error) {
	return e.hub.subscribe(kind == "psubscribe", name), nil
}

func (e *embedded) do(_ context.Context, cmds [][]string) ([]reply, error) {
	replies := make([]reply, len(cmds))
	for i, cmd := range cmds {
		e.mu.Lock()
		v, err := e.runLocked(cmd)
		e.mu.Unlock()
		if err != nil {
			return nil, err
		}
		replies[i] = v
	}
	return replies, nil
}

// multi needs no MULTI: holding the mutex makes the commands one transaction.
// What Redis refuses to queue, the server has refused before.
func (e *embedded) multi(_ context.Context, cmds [][]string) ([]reply, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, cmd := range cmds {
		if !e.srv.IsRegisteredCommand(cmd[0]) {
			return nil, replyError("ERR unknown command '" + cmd[0] + "'")
		}
	}
	replies := make([]reply, len(cmds))
	for i, cmd := range cmds {
		v, err := e.runLocked(cmd)
		if err != nil {
			return nil, err
		}
		replies[i] = v
	}
	return replies, nil
}

// runLocked runs one command of a client. mu is held.
func (e *embedded) runLocked(args []string) (v reply, err error) {
	defer func() {
		if r := recover(); r != nil {
			e.recoverLocked()
			v, err = replyError("ERR the embedded Redis failed on this command"), nil
		}
	}()
	name := strings.ToUpper(args[0])
	e.userScript = isScriptRun(name) && !strings.HasPrefix(args[1], internalScript)
	e.srv.Dispatch(e.peer, args)
	_ = e.w.Flush()
	v, err = parseReply(bytes.Clone(e.out.Bytes()))
	e.out.Reset()
	if err == nil && isScriptRun(name) {
		v = scriptFailure(v, args[1], !strings.HasPrefix(name, "EVAL") || strings.HasPrefix(name, "EVALSHA"))
	}
	return v, err
}

// recoverLocked tidies up after a panic of miniredis (it has some: a script that
// returns a function, say), which leaves its lock held. Only the holder of mu
// ever takes that lock.
func (e *embedded) recoverLocked() {
	_ = e.m.TryLock()
	e.m.Unlock()
	e.out.Reset()
	e.w.Reset(e.out)
	e.ours, e.free = nil, nil
}

func isScriptRun(name string) bool {
	switch name {
	case "EVAL", "EVAL_RO", "EVALSHA", "EVALSHA_RO", "FCALL", "FCALL_RO":
		return true
	}
	return false
}

// call runs a command from inside our own code, on behalf of peer c: with its
// state (inside a script, say) but past the hook. mu is held.
func (e *embedded) call(c *server.Peer, args ...string) reply {
	s := e.scratch()
	p := server.NewPeer(s.w)
	p.Ctx = c.Ctx
	outer := e.ours
	e.ours = p
	e.srv.Dispatch(p, args)
	e.ours = outer
	_ = s.w.Flush()
	v, err := parseReply(bytes.Clone(s.out.Bytes()))
	s.out.Reset()
	e.free = append(e.free, s)
	if err != nil {
		return replyError("ERR " + err.Error())
	}
	return v
}

// A scratch collects the reply of one call; calls nest, so there are several.
type scratch struct {
	out bytes.Buffer
	w   *bufio.Writer
}

func (e *embedded) scratch() *scratch {
	if n := len(e.free); n > 0 {
		s := e.free[n-1]
		e.free = e.free[:n-1]
		return s
	}
	s := new(scratch)
	s.w = bufio.NewWriterSize(&s.out, 512)
	return s
}

// answer writes v as the reply of peer c.
func answer(c *server.Peer, v reply) { c.WriteRaw(string(appendRESP(nil, v))) }

// An extraCommand serves a command that miniredis lacks. args has no name.
type extraCommand func(e *embedded, c *server.Peer, args []string) reply

func (e *embedded) handler(h extraCommand) server.Cmd {
	return func(c *server.Peer, _ string, args []string) { answer(c, h(e, c, args)) }
}

// hook sees every command before miniredis does, those called by scripts too.
// It returns true when it has answered.
func (e *embedded) hook(c *server.Peer, name string, args ...string) bool {
	if c == e.ours {
		return false
	}
	nested := c != e.peer
	if nested && e.userScript && name != "COMMAND" { // COMMAND is our own guard's
		e.stats.scriptCommands.Add(1)
	}
	spec := commandSpecs[name]
	if nested && spec != nil && !spec.arityOK(len(args)+1) {
		answer(c, replyError("ERR Wrong number of args calling Redis command from script"))
		return true
	}
	e.expireDue(c)
	switch {
	case spec == nil:
	case spec.access == accessRead:
		e.countLookups(c, spec, name, args)
	case spec.access == accessWrite:
		e.counts.writes++
	}
	if h := overrides[name]; h != nil {
		if v, ok := h(e, c, args); ok {
			answer(c, v)
			return true
		}
	}
	return false
}

// An override replaces what miniredis does; false means: let it do it.
type override func(e *embedded, c *server.Peer, args []string) (reply, bool)
