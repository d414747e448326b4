//go:build !wasm

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

const (
	maxUpload = 10 << 20 // bytes of one file
	inFlight  = 2        // uploads of one user at once
	slotTTL   = time.Minute
)

// newHandler returns the endpoint. The limits are the platform's policy for
// uploads with another number, and two at once. Uploads cost money, so a failure
// of Redis does not let everything pass: each process then counts uploads by
// itself, while nobody counts what is in flight. A decision may take budget; 0
// means the default.
func newHandler(d upstash.Doer, perHour int64, budget time.Duration) (http.Handler, error) {
	policy := ratelimit.Upload()
	policy.Algorithm = ratelimit.SlidingWindow(perHour, policy.Algorithm.Window())
	limiter, err := ratelimit.New(d, policy, ratelimit.Options{OnFailure: ratelimit.FailLocal, Timeout: budget})
	if err != nil {
		return nil, err
	}
	slots, err := ratelimit.NewConcurrency(d, "upload-slots", ratelimit.ConcurrencyOptions{
		Limit: inFlight, TTL: slotTTL, Options: ratelimit.Options{Timeout: budget},
	})
	if err != nil {
		return nil, err
	}
	limit := ratelimit.Middleware(limiter, ratelimit.HTTPOptions[*http.Request]{Key: user, LegacyHeaders: true})
	mux := http.NewServeMux()
	mux.Handle("POST /upload", requireUser(limit(&uploads{slots: slots})))
	return mux, nil
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

// uploads takes a file and answers with its size and digest.
type uploads struct{ slots *ratelimit.Concurrency }

func (u *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	slot, d, err := u.slots.Acquire(r.Context(), user(r))
	switch {
	case err != nil:
		http.Error(w, "the request was given up", http.StatusServiceUnavailable)
		return
	case slot == nil:
		d.Header(w.Header().Set)
		http.Error(w, "too many uploads at once", http.StatusTooManyRequests)
		return
	}
	// A release that fails is no harm: the slot ends with its TTL.
	defer func() { _ = slot.Release(r.Context()) }()

	hash := sha256.New()
	n, err := io.Copy(hash, http.MaxBytesReader(w, r.Body, maxUpload))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		http.Error(w, "the file is larger than 10 MiB", http.StatusRequestEntityTooLarge)
		return
	} else if err != nil {
		http.Error(w, "the file did not arrive", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"bytes": n, "sha256": hex.EncodeToString(hash.Sum(nil))})
}
