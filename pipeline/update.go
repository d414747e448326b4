package pipeline

import (
	"context"
	_ "embed" // the script
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
)

//go:embed update.lua
var updateSource string

var (
	updateOnce sync.Once
	updateMade *upstash.Script[bool]
)

// updateScript stands in for SET IFEQ where the server does not have it. It is made
// when it is first run: a WebAssembly program without updates has no scripts.
func updateScript() *upstash.Script[bool] {
	updateOnce.Do(func() { updateMade = upstash.NewScript(updateSource, upstash.Reply.Bool) })
	return updateMade
}

// UpdateOptions tune an [Updater]. The zero value is good.
type UpdateOptions struct {
	// TTL is the lifetime of the new value, in whole milliseconds (rounded up).
	// 0 keeps the lifetime that the key has; a key that did not exist gets
	// none.
	TTL time.Duration
	// MaxAttempts bounds how often a value is read and written. 0 means 16.
	MaxAttempts int
	// MinBackoff and MaxBackoff bound the wait after a conflict: it is drawn
	// evenly from 0 to MinBackoff doubled per attempt. 0 means 5 ms and 250 ms.
	MinBackoff, MaxBackoff time.Duration
	// Distinct promises that no value is ever written twice to the key, by
	// anybody: because it carries a version or a random part. Then a write
	// whose answer was lost can be recognised by reading the key.
	Distinct bool
}

// An Updater changes values without WATCH: it reads a value, lets a function make
// the new one, and writes that only if the key still holds what was read (SET
// with IFEQ), again and again until nobody has come in between. On a server
// without IFEQ a script does the same; that is found out once and remembered. It
// is safe for concurrent use.
//
// Values must be text in UTF-8, because the REST API cannot carry two binary
// arguments; others fail with an *[upstash.ArgumentError] before the write.
type Updater struct {
	d      upstash.Doer
	o      UpdateOptions
	noIFEQ atomic.Bool
}

// NewUpdater returns an Updater that works on d.
func NewUpdater(d upstash.Doer, o UpdateOptions) *Updater {
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = 16
	}
	if o.MinBackoff <= 0 {
		o.MinBackoff = 5 * time.Millisecond
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = 250 * time.Millisecond
	}
	return &Updater{d: d, o: o}
}

// Update is [Updater.Update] of an Updater with default options.
func Update(ctx context.Context, d upstash.Doer, key string, change func(old string, found bool) (string, error)) (string, error) {
	return NewUpdater(d, UpdateOptions{}).Update(ctx, key, change)
}

// Update replaces the value of key by what change makes of it and returns the
// new value. change is called once per attempt, with found unset when the key
// does not exist; it must not have effects of its own. When it fails nothing is
// written and its error is returned as it is. When it returns the old value
// nothing is written.
//
// The error is a *[ConflictError] when other writers came in between every time.
// It is an *[upstash.MaybeAppliedError] when the answer to a write was lost: the
// value may be there now or not. With UpdateOptions.Distinct the key is read
// again instead; then the error comes only when another value has taken the
// place of both.
func (u *Updater) Update(ctx context.Context, key string, change func(old string, found bool) (string, error)) (string, error) {
	var tried attempts
	for n := 1; ; n++ {
		old, found, err := u.read(ctx, key)
		if err != nil {
			return "", tried.final(err)
		}
		if found && tried.wrote(old) {
			return old, nil
		}
		if tried.lost != nil && !tried.from(old, found) {
			return "", tried.lost
		}
		next, err := change(old, found)
		if err != nil {
			return "", tried.final(err)
		}
		if found && next == old {
			return next, tried.final(nil)
		}
		if !utf8.ValidString(next) {
			return "", tried.final(&upstash.ArgumentError{Command: "SET", Position: 2, Reason: "is not valid UTF-8, which an update cannot carry"})
		}
		ok, err := u.write(ctx, key, old, found, next)
		switch {
		case err == nil && ok:
			return next, nil
		case errors.Is(err, upstash.ErrMaybeApplied) && u.o.Distinct:
			tried.add(old, found, next, err)
		case err != nil:
			return "", tried.final(err)
		}
		if n >= u.o.MaxAttempts {
			return "", tried.final(&ConflictError{Attempts: n})
		}
		if err := u.pause(ctx, n); err != nil {
			return "", tried.final(err)
		}
	}
}

// attempts remembers the writes of one update whose answers were lost. It is
// used only where values are distinct.
type attempts struct {
	lost   error // the first such failure
	values []string
	old    string // what the value was before all of them
	found  bool
}

func (a *attempts) add(old string, found bool, next string, err error) {
	if a.lost == nil {
		a.lost, a.old, a.found = err, old, found
	}
	a.values = append(a.values, next)
}

// wrote reports whether value is one of them: then that write was applied.
func (a *attempts) wrote(value string) bool {
	for _, v := range a.values {
		if v == value {
			return true
		}
	}
	return false
}

// from reports whether the value is still the one before the lost writes: then
// none has been applied so far, and one that arrives late loses against the next
// write or is recognised after it. A key that was missing and is missing proves
// nothing, because the new value may have been deleted.
func (a *attempts) from(old string, found bool) bool { return found && a.found && old == a.old }

// final returns the error of an update that ends with err: as long as the fate
// of a write is open, that comes first.
func (a *attempts) final(err error) error {
	if a.lost != nil {
		return a.lost
	}
	return err
}

// read returns the value of key.
func (u *Updater) read(ctx context.Context, key string) (value string, found bool, err error) {
	value, err = upstash.As(upstash.NewCommand("GET", key), upstash.Reply.Text).Do(ctx, u.d)
	if errors.Is(err, upstash.ErrNil) {
		return "", false, nil
	}
	return value, err == nil, err
}

// write sets key to next if it is still what was read, and reports whether it
// was.
func (u *Updater) write(ctx context.Context, key, old string, found bool, next string) (bool, error) {
	if !found {
		return u.set(ctx, key, next, "NX")
	}
	if !u.noIFEQ.Load() {
		ok, err := u.set(ctx, key, next, "IFEQ", old)
		if !errors.Is(err, upstash.ErrSyntax) {
			return ok, err
		}
		u.noIFEQ.Store(true)
	}
	return updateScript().Run(ctx, u.d, []string{key}, old, next, u.ttl())
}

// set runs SET with a condition. Such a command is Unsafe, so that the client
// never repeats one that may have been applied: the second answer would tell of a
// conflict with itself.
func (u *Updater) set(ctx context.Context, key, value string, condition ...any) (bool, error) {
	args := append(make([]any, 0, 6), key, value)
	args = append(args, condition...)
	switch ttl := u.ttl(); {
	case ttl != "":
		args = append(args, "PX", ttl)
	case condition[0] != "NX":
		args = append(args, "KEEPTTL")
	}
	return upstash.As(upstash.NewCommand("SET", args...), upstash.Reply.Set).Do(ctx, u.d)
}

// ttl is the lifetime in milliseconds, "" to keep the present one.
func (u *Updater) ttl() string {
	if u.o.TTL <= 0 {
		return ""
	}
	return strconv.FormatInt(int64((u.o.TTL+time.Millisecond-1)/time.Millisecond), 10)
}

// pause waits after attempt n, with jitter so that writers who collided do not
// collide again.
func (u *Updater) pause(ctx context.Context, n int) error {
	d := u.o.MinBackoff
	for i := 1; i < n && d < u.o.MaxBackoff; i++ {
		d *= 2
	}
	t := time.NewTimer(time.Duration(rand.Int64N(int64(min(d, u.o.MaxBackoff)) + 1))) //nolint:gosec // jitter needs no secrecy
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return &UnsentError{Command: "SET", Err: ended(ctx)}
	}
}
