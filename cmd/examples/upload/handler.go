//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

const (
	maxPart  = 10 << 20 // bytes of one part
	maxParts = 1000
	maxName  = 255
	inFlight = 2 // parts of one user at once
	slotTTL  = time.Minute
)

// joinLock is held while the parts of a session are put together.
var joinLock = keys.Declare(keys.Lock, "upload-join", 30*time.Second)

// A service takes uploads in parts.
type service struct {
	sessions *Sessions
	files    *Files
	slots    *ratelimit.Concurrency
	locks    *lock.Locker
	logf     func(format string, args ...any)
}

// newService returns the endpoints. The limits are the platform's policy for
// uploads with another number, counted when a session is opened, and two parts at
// once. Uploads cost money, so a failure of Redis does not let everything pass:
// each process then counts sessions by itself. A decision may take budget; 0 means
// the default.
func newService(d pipeline.DoerBatcher, files *Files, perHour int64, budget time.Duration, logf func(string, ...any)) (*service, http.Handler, error) {
	policy := ratelimit.Upload()
	policy.Algorithm = ratelimit.SlidingWindow(perHour, policy.Algorithm.Window())
	limiter, err := ratelimit.New(d, policy, ratelimit.Options{OnFailure: ratelimit.FailLocal, Timeout: budget})
	if err != nil {
		return nil, nil, err
	}
	slots, err := ratelimit.NewConcurrency(d, "upload-slots", ratelimit.ConcurrencyOptions{
		Limit: inFlight, TTL: slotTTL, Options: ratelimit.Options{Timeout: budget},
	})
	if err != nil {
		return nil, nil, err
	}
	// The lock only saves work: joining twice makes the same file, and Finish
	// keeps the first result. So it needs no fencing tokens and is cheaper.
	locks, err := lock.New(d, lock.Options{TTL: joinLock.TTL(), NoFence: true})
	if err != nil {
		return nil, nil, err
	}
	s := &service{sessions: NewSessions(d), files: files, slots: slots, locks: locks, logf: logf}
	limit := ratelimit.Middleware(limiter, ratelimit.HTTPOptions[*http.Request]{
		Key: user, LegacyHeaders: true,
		OnDegraded: func(_ *http.Request, d ratelimit.Decision) { logf("upload limit without Redis: %v", d.Err) },
	})
	mux := http.NewServeMux()
	mux.Handle("POST /uploads", limit(http.HandlerFunc(s.create)))
	mux.HandleFunc("GET /uploads/{id}", s.get)
	mux.HandleFunc("PUT /uploads/{id}/parts/{number}", s.part)
	mux.HandleFunc("POST /uploads/{id}/complete", s.complete)
	mux.HandleFunc("DELETE /uploads/{id}", s.abandon)
	return s, requireUser(mux), nil
}

// user stands for what authentication has found out.
func user(r *http.Request) string { return r.Header.Get("X-User") }

func requireUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user(r) == "" {
			http.Error(w, "the header X-User is missing", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// create opens a session: {"name": "film.mp4", "parts": 3}.
func (s *service) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name  string `json:"name"`
		Parts int    `json:"parts"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&in); err != nil ||
		in.Name == "" || len(in.Name) > maxName || in.Parts < 1 || in.Parts > maxParts {
		http.Error(w, `send {"name": "film.mp4", "parts": 3}, at most 1000 parts`, http.StatusBadRequest)
		return
	}
	id, err := s.sessions.Create(r.Context(), user(r), in.Name, in.Parts)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", "/uploads/"+id)
	host.WriteJSON(w, http.StatusCreated, map[string]any{"id": id, "expiresInSeconds": s.sessions.ttl.Seconds()})
}

// get tells those who resume what is missing.
func (s *service) get(w http.ResponseWriter, r *http.Request) {
	session, err := s.sessions.Get(r.Context(), user(r), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	host.WriteJSON(w, http.StatusOK, session)
}

// part takes a part. Sending it again is no harm.
func (s *service) part(w http.ResponseWriter, r *http.Request) {
	ctx, id := r.Context(), r.PathValue("id")
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		s.fail(w, r, ErrPart)
		return
	}
	slot, d, err := s.slots.Acquire(ctx, user(r))
	if err == nil && slot == nil {
		d.Header(w.Header().Set)
		http.Error(w, "too many parts at once", http.StatusTooManyRequests)
		return
	} else if err != nil {
		s.fail(w, r, err)
		return
	}
	// Also when the user has gone. A release that fails is no harm: the slot ends
	// with its TTL.
	defer func() { _ = slot.Release(context.WithoutCancel(ctx)) }()

	if err := s.sessions.Expect(ctx, user(r), id, number); err != nil {
		s.fail(w, r, err)
		return
	}
	p, err := s.files.PutPart(id, number, http.MaxBytesReader(w, r.Body, maxPart))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		http.Error(w, "the part is larger than 10 MiB", http.StatusRequestEntityTooLarge)
		return
	} else if err != nil {
		s.logf("part of upload %s: %v", id, err)
		http.Error(w, "the part did not arrive; send it again", http.StatusBadRequest)
		return
	}
	if err := s.sessions.Record(ctx, user(r), id, p); err != nil {
		s.fail(w, r, err)
		return
	}
	host.WriteJSON(w, http.StatusOK, p)
}

// complete puts the parts together. Doing it again gives the same answer.
func (s *service) complete(w http.ResponseWriter, r *http.Request) {
	result, err := s.finish(r.Context(), user(r), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(result + "\n"))
}

// finish goes on from wherever an earlier attempt, perhaps in a process that has
// died, stopped: the session stays sealed until it is done.
func (s *service) finish(ctx context.Context, user, id string) (string, error) {
	if _, err := s.sessions.Get(ctx, user, id); err != nil {
		return "", err // before a lock is made of whatever somebody sends as an id
	}
	lease, err := s.locks.TryAcquire(ctx, joinLock.Key(id))
	if err != nil {
		return "", err
	}
	defer func() { _ = lease.Release(ctx) }() // it ends with its TTL otherwise
	result, err := s.sessions.Seal(ctx, user, id)
	if err != nil || result != "" {
		return result, err
	}
	session, err := s.sessions.Get(ctx, user, id)
	if err != nil {
		return "", err
	}
	joined, err := s.files.Join(lease.Context(), id, session.Received)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"name": session.Name, "bytes": joined.Bytes, "sha256": joined.SHA256})
	if err != nil {
		return "", err
	}
	result, err = s.sessions.Finish(ctx, user, id, string(text))
	if err == nil {
		if err := s.files.Drop(id); err != nil {
			s.logf("parts of upload %s are left to the sweeper: %v", id, err)
		}
	}
	return result, err
}

// abandon gives an upload up. Doing it again gives the same answer.
func (s *service) abandon(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := s.sessions.Abandon(r.Context(), user(r), id); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.files.Drop(id); err != nil {
		s.logf("parts of upload %s are left to the sweeper: %v", id, err)
	}
	w.WriteHeader(http.StatusNoContent)
}

// sweep removes the parts of sessions that have expired.
func (s *service) sweep(ctx context.Context) error {
	ids, err := s.files.Sessions()
	if err != nil {
		return err
	}
	gone, err := s.sessions.Gone(ctx, ids)
	for _, id := range gone {
		err = errors.Join(err, s.files.Drop(id))
	}
	return err
}
