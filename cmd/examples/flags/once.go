//go:build !wasm

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// Errors of [Once].
var (
	// ErrRunning means that the same request is being answered right now, or that
	// the process which was answering it has died a moment ago. Ask again.
	ErrRunning = errors.New("a request with this idempotency key is being answered")
	// ErrReused means that the key was used for another request.
	ErrReused = errors.New("this idempotency key was used for a different request")
)

// An Answer is what a request was answered with.
type Answer struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// record is the value of an idempotency record: a claim while the answer is made,
// then the answer.
type record struct {
	Request string  `json:"request"`          // digest of what was asked
	Claim   string  `json:"claim,omitempty"`  // who is making the answer
	Answer  *Answer `json:"answer,omitempty"` // or the answer
}

// Once answers each request once, and everybody who asks again with the same key
// gets the recorded answer. Records are "idempotency:payment:{user}:{key}".
//
// What it does not do: make the work happen exactly once. A process that dies after
// the work and before the record leaves a claim, which ends after Claim; then
// the work is done again. It must therefore have a key of its own in the database
// where it takes effect (see Ledger.Charge). What Once adds is that this is the
// rare case, and that callers get the same answer.
type Once struct {
	d     upstash.Doer
	kind  keys.Kind
	claim time.Duration
	logf  func(format string, args ...any)
}

// NewOnce does no I/O. claim is how long a process that dies keeps others from
// doing its work; longer than the work ever takes.
func NewOnce(d upstash.Doer, kind keys.Kind, claim time.Duration, logf func(string, ...any)) *Once {
	return &Once{d: d, kind: kind, claim: claim, logf: logf}
}

// Do returns the answer of work, or the recorded one, and whether it was recorded.
// Besides errors of work and of the database it returns ErrRunning, ErrReused and
// *keys.LengthError. An error of work is not recorded: it may be tried again.
func (o *Once) Do(ctx context.Context, user, id string, request []byte, work func(context.Context) (Answer, error)) (_ Answer, recorded bool, _ error) {
	key, err := o.kind.Make(user, id)
	if err != nil {
		return Answer{}, false, err
	}
	digest := sha256.Sum256(request)
	mine := record{Request: hex.EncodeToString(digest[:]), Claim: rand.Text()}
	claim := encode(mine)

	// SET NX GET: take the place, or learn who has it. A repetition after a lost
	// answer finds our own claim, so it is safe to let the client repeat.
	take := upstash.SetGet(key, claim, upstash.SetOptions{NX: true, TTL: o.claim}).Retryable()
	there, err := take.Do(ctx, o.d)
	if err == nil && there != claim {
		return found(there, mine.Request)
	}
	if err != nil && !errors.Is(err, upstash.ErrNil) {
		return Answer{}, false, err
	}
	answer, err := work(ctx)
	if err != nil {
		o.release(ctx, key, claim)
		return Answer{}, false, err
	}
	if err := o.record(ctx, key, claim, record{Request: mine.Request, Answer: &answer}); err != nil {
		// The work is done, so whoever asked gets the answer. Who asks again gets
		// ErrRunning until the claim ends, and then the work is done again.
		o.logf("an answer could not be recorded: %v", err)
	}
	return answer, false, nil
}

// found makes something of a record that was there.
func found(text, request string) (Answer, bool, error) {
	var r record
	switch err := json.Unmarshal([]byte(text), &r); {
	case err != nil:
		return Answer{}, false, fmt.Errorf("an idempotency record cannot be read: %w", err)
	case r.Request != request:
		return Answer{}, false, ErrReused
	case r.Answer == nil:
		return Answer{}, false, ErrRunning
	}
	return *r.Answer, true, nil
}

// grace is how long the ends of a piece of work may take when whoever asked has
// gone: an answer that was made should be recorded.
const grace = 2 * time.Second

// record replaces the claim by the answer. The condition keeps it from replacing
// what another process has written after the claim had ended.
func (o *Once) record(ctx context.Context, key, claim string, r record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	put := upstash.SetWith(key, encode(r), upstash.SetOptions{IfEqual: claim, TTL: o.kind.TTL()}).Retryable()
	// false means that it is not our claim any more: our first attempt has stored
	// the answer and the server's word was lost, or the claim ended and somebody
	// else does the work again. The work has its own key, so both come to the same.
	_, err := put.Do(ctx, o.d)
	return err
}

// release takes the claim away, so that the next attempt need not wait for its
// end. If that fails, it ends by itself.
func (o *Once) release(ctx context.Context, key, claim string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	_, _ = upstash.DelEx(key, upstash.DelExOptions{IfEqual: claim}).Do(ctx, o.d)
}

func encode(r record) string {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings, and JSON that was made here
	}
	return string(b)
}
