//go:build !wasm

package main

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// Errors of sessions.
var (
	// ErrNoSession means that there is none with this id: it has expired, it
	// never was, or it is somebody else's, who shall not learn that it exists.
	ErrNoSession = errors.New("there is no such upload session, or it has expired")
	// ErrIncomplete means that parts are missing.
	ErrIncomplete = errors.New("parts are missing")
	// ErrPart means that the session has no such part.
	ErrPart = errors.New("the session has no part of this number")
)

// A StateError means that the session is past this step.
type StateError struct{ State string }

func (e *StateError) Error() string { return "the upload session is " + e.State }

// The states of a session. It is open until it is sealed or abandoned, sealed
// while its parts are put together, then done.
const (
	stateOpen, stateSealed, stateDone, stateAbandoned = "open", "sealed", "done", "abandoned"
)

// A Part is what is known of a part that has come.
type Part struct {
	Number int    `json:"number"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A Session is an upload under way, as its user sees it.
type Session struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	State     string `json:"state"`
	Parts     int    `json:"parts"`
	Received  []Part `json:"received"`
	Missing   []int  `json:"missing"`
	ExpiresIn int64  `json:"expiresInSeconds"`
	Result    string `json:"result,omitempty"`
}

// Sessions keeps sessions in hashes, "session:upload:{id}". Every step is one
// script, so a session is never between two states, and running a step twice is
// the same as running it once. That is why the scripts are declared Idempotent:
// when an answer is lost the client repeats the step by itself.
type Sessions struct {
	d         pipeline.DoerBatcher
	ttl       time.Duration // from the last step
	abandoned time.Duration // how long an abandoned session is remembered
}

// NewSessions does no I/O.
func NewSessions(d pipeline.DoerBatcher) *Sessions {
	return &Sessions{d: d, ttl: keys.TTLUploadSession, abandoned: time.Minute}
}

//go:embed lua
var lua embed.FS

// A step is what a script answers: the state, or why not, and the result.
type step struct{ state, result string }

// script reads a script; billed is how many commands it runs at most.
func script(name string, billed int) *upstash.Script[step] {
	src, err := lua.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // it is embedded
	}
	return upstash.NewScriptWith(string(src), upstash.ScriptOptions{Class: upstash.Idempotent, Billed: billed}, decodeStep)
}

func decodeStep(r upstash.Reply) (step, error) {
	words, err := r.Strings()
	switch {
	case err != nil || len(words) == 0:
		return step{}, err
	case len(words) == 1:
		return step{state: words[0]}, nil
	}
	return step{words[0], words[1]}, nil
}

var (
	createScript  = script("create", 2)
	partScript    = script("part", 3)
	sealScript    = script("seal", 4)
	finishScript  = script("finish", 3)
	abandonScript = script("abandon", 4)
)

// run runs a step and makes errors of the answers that are none.
func (s *Sessions) run(ctx context.Context, sc *upstash.Script[step], id string, args ...any) (step, error) {
	key, err := keys.KindUploadSession.Make(id)
	if err != nil {
		return step{}, ErrNoSession // no id of ours is so long
	}
	got, err := sc.Run(ctx, s.d, []string{key}, args...)
	switch {
	case err != nil:
		return step{}, err
	case got.state == "none":
		return step{}, ErrNoSession
	case got.state == "range":
		return step{}, ErrPart
	case got.state == "incomplete":
		return step{}, ErrIncomplete
	}
	return got, nil
}

// Create opens a session of a user.
func (s *Sessions) Create(ctx context.Context, user, name string, parts int) (id string, err error) {
	id = rand.Text()
	_, err = s.run(ctx, createScript, id, user, name, parts, s.ttl.Milliseconds())
	return id, err
}

// Expect tells whether a part may come, and gives it a whole TTL to do so.
func (s *Sessions) Expect(ctx context.Context, user, id string, number int) error {
	return s.part(ctx, user, id, number, "")
}

// Record notes that a part has come; a part that comes again replaces itself.
func (s *Sessions) Record(ctx context.Context, user, id string, p Part) error {
	return s.part(ctx, user, id, p.Number, strconv.FormatInt(p.Bytes, 10)+" "+p.SHA256)
}

func (s *Sessions) part(ctx context.Context, user, id string, number int, record string) error {
	got, err := s.run(ctx, partScript, id, user, number, s.ttl.Milliseconds(), record)
	if err == nil && got.state != stateOpen {
		err = &StateError{got.state}
	}
	return err
}

// Seal closes a session that has all its parts. The result is not empty when it
// has been finished already.
func (s *Sessions) Seal(ctx context.Context, user, id string) (result string, err error) {
	got, err := s.run(ctx, sealScript, id, user, s.ttl.Milliseconds())
	if err == nil && got.state == stateAbandoned {
		err = &StateError{got.state}
	}
	return got.result, err
}

// Finish records the result, and returns what is recorded.
func (s *Sessions) Finish(ctx context.Context, user, id, result string) (string, error) {
	got, err := s.run(ctx, finishScript, id, user, s.ttl.Milliseconds(), result)
	if err == nil && got.state != stateDone {
		err = &StateError{got.state}
	}
	return got.result, err
}

// Abandon gives up a session that is open.
func (s *Sessions) Abandon(ctx context.Context, user, id string) error {
	got, err := s.run(ctx, abandonScript, id, user, s.abandoned.Milliseconds())
	if err == nil && got.state != stateAbandoned {
		err = &StateError{got.state}
	}
	return err
}

// Get is for those who resume: what has come, and what has not. It does not
// lengthen the session's life.
func (s *Sessions) Get(ctx context.Context, user, id string) (Session, error) {
	key, err := keys.KindUploadSession.Make(id)
	if err != nil {
		return Session{}, ErrNoSession
	}
	p := pipeline.New(s.d)
	all := pipeline.Add(p, upstash.HGetAll(key))
	ttl := pipeline.Add(p, upstash.PTTL(key))
	if err := p.Exec(ctx); err != nil {
		return Session{}, err
	}
	fields, err := all.Result()
	if err != nil {
		return Session{}, err
	}
	left, err := ttl.Result()
	if err != nil && !errors.Is(err, upstash.ErrNil) {
		return Session{}, err
	}
	if len(fields) == 0 || fields["user"] != user {
		return Session{}, ErrNoSession
	}
	out := Session{
		ID: id, Name: fields["name"], State: fields["state"], Result: fields["result"],
		ExpiresIn: int64(left.Seconds()), Received: []Part{}, Missing: []int{},
	}
	out.Parts, _ = strconv.Atoi(fields["parts"]) // none in an abandoned session
	for n := 1; n <= out.Parts; n++ {
		text, ok := fields["part:"+strconv.Itoa(n)]
		if !ok {
			out.Missing = append(out.Missing, n)
			continue
		}
		part := Part{Number: n}
		if _, err := fmt.Sscan(strings.TrimSpace(text), &part.Bytes, &part.SHA256); err != nil {
			return Session{}, fmt.Errorf("part %d of an upload session cannot be read: %w", n, err)
		}
		out.Received = append(out.Received, part)
	}
	return out, nil
}

// Gone returns those of ids whose sessions have ended. One request, one command
// for each id.
func (s *Sessions) Gone(ctx context.Context, ids []string) ([]string, error) {
	p := pipeline.New(s.d)
	found := make([]*pipeline.Future[int64], len(ids))
	for i, id := range ids {
		found[i] = pipeline.Add(p, upstash.Exists(keys.UploadSession(id)))
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if err := p.Exec(ctx); err != nil {
		return nil, err
	}
	var gone []string
	for i, id := range ids {
		if n, err := found[i].Result(); err == nil && n == 0 {
			gone = append(gone, id)
		}
	}
	return gone, nil
}
