package lock

import (
	"context"
	"encoding/binary"
	"errors"
)

// A Handle is a lease on its way to another process: what [Lease.Detach] returns
// and [Locker.Resume] takes. It marshals to a line of text. Whoever has the text
// can take the lease over, so treat it like a password.
type Handle struct {
	names  []string
	owner  string
	fences []int64
}

// String names the type, not what it holds.
func (h Handle) String() string { return "lock.Handle" }

// GoString is String.
func (h Handle) GoString() string { return "lock.Handle{}" }

// Fence returns the fencing token, which stays the same in the next process.
func (h Handle) Fence() int64 {
	if len(h.fences) == 0 {
		return 0
	}
	return h.fences[0]
}

// Detach ends the lease in this process without giving the lock back, and returns
// what another process needs to go on: its Context ends with [ErrReleased], it is
// not renewed any more, and unless it is resumed within the rest of its TTL the
// lock is free again. The error matches [ErrLost] or [ErrReleased].
func (le *Lease) Detach() (Handle, error) {
	if le == nil || le.s == nil {
		return Handle{}, ErrNotHeld
	}
	s := le.s
	if why := s.close(); why != nil {
		return Handle{}, why
	}
	s.left()
	s.note(Released)
	return Handle{names: s.h.names, owner: s.h.owner, fences: s.fences}, nil
}

// Resume goes on with a lease that another process has detached, with one request
// and a whole TTL. A handle works once: the owner's value in the database changes,
// so a second Resume, and anything that the first process may still send, finds
// nothing. The error matches [ErrNotHeld] when the lease has ended or was
// resumed before, [ErrUnreachable] when no answer came (the handle may be used up
// then, and the lock ends by its TTL), or ctx's own.
func (l *Locker) Resume(ctx context.Context, h Handle) (*Lease, error) {
	if h.owner == "" || checkNames(h.names) != nil {
		return nil, ErrNotHeld
	}
	if ctx.Err() != nil {
		return nil, &WaitError{Err: ended(ctx)}
	}
	sent := l.now()
	next := l.newHold(h.names)
	ok, err := l.site.extend(ctx, &hold{name: h.names[0], names: h.names, owner: h.owner}, next.owner)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, &WaitError{Err: ended(ctx), Tries: 1, Waited: l.since(sent)}
	case err != nil:
		return nil, typed(err)
	case !ok:
		return nil, ErrNotHeld
	}
	ends := sent.Add(l.o.validity())
	if l.until(ends) <= 0 {
		next.unsure = true
		l.giveBack(ctx, next)
		return nil, errSlow
	}
	lease := l.newLease(ctx, next, h.fences, ends, false)
	l.note(Acquired, next.class, l.since(sent), 1)
	return lease, nil
}

// handleMark begins the text of a handle and tells its version.
const handleMark = "lease1."

var errHandle = errors.New("lock: the text is not a handle")

// MarshalText implements encoding.TextMarshaler.
func (h Handle) MarshalText() ([]byte, error) {
	if h.owner == "" {
		return nil, ErrNotHeld
	}
	var b []byte
	b = appendText(b, h.owner)
	b = binary.AppendUvarint(b, uint64(len(h.names)))
	for _, name := range h.names {
		b = appendText(b, name)
	}
	b = binary.AppendUvarint(b, uint64(len(h.fences)))
	for _, f := range h.fences {
		b = binary.AppendVarint(b, f)
	}
	return appendBase64([]byte(handleMark), b), nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// UnmarshalText implements encoding.TextUnmarshaler. It refuses every text that
// MarshalText does not write.
func (h *Handle) UnmarshalText(text []byte) error {
	if len(text) < len(handleMark) || string(text[:len(handleMark)]) != handleMark {
		return errHandle
	}
	b, ok := fromBase64(text[len(handleMark):])
	r := handleReader{b: b, bad: !ok}
	var out Handle
	out.owner = r.text()
	for range r.count() {
		out.names = append(out.names, r.text())
	}
	for range r.count() {
		out.fences = append(out.fences, r.number())
	}
	if r.bad || len(r.b) > 0 || out.owner == "" || checkNames(out.names) != nil ||
		len(out.fences) != 0 && len(out.fences) != len(out.names) {
		return errHandle
	}
	again, err := out.MarshalText()
	if err != nil || string(again) != string(text) {
		return errHandle // another spelling of the same
	}
	*h = out
	return nil
}

type handleReader struct {
	b   []byte
	bad bool
}

// count reads how many elements follow; more than any handle has is bad.
func (r *handleReader) count() uint64 {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > MaxNames {
		r.bad = true
		return 0
	}
	r.b = r.b[w:]
	return n
}

func (r *handleReader) text() string {
	n, w := binary.Uvarint(r.b)
	if w <= 0 || n > uint64(len(r.b)-w) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[w : w+int(n)]) //nolint:gosec // not longer than the text
	r.b = r.b[w+int(n):]           //nolint:gosec // as above
	return s
}

func (r *handleReader) number() int64 {
	n, w := binary.Varint(r.b)
	if w <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[w:]
	return n
}
