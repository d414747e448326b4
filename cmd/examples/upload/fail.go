//go:build !wasm

package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

// fail answers with what a caller can do about an error. What is our own trouble
// is logged; errors of the library contain neither the token nor anybody's data.
func (s *service) fail(w http.ResponseWriter, r *http.Request, err error) {
	if state, ok := errors.AsType[*StateError](err); ok {
		status := http.StatusConflict
		if state.State == stateAbandoned {
			status = http.StatusGone
		}
		http.Error(w, err.Error(), status)
		return
	}
	if held, ok := errors.AsType[*lock.HeldError](err); ok {
		retryAfter(w, min(held.Remaining, 2*time.Second))
		http.Error(w, "the parts are being put together; ask again", http.StatusConflict)
		return
	}
	switch {
	case errors.Is(err, ErrNoSession):
		http.Error(w, err.Error()+"; open a new one", http.StatusNotFound)
	case errors.Is(err, ErrIncomplete):
		http.Error(w, err.Error()+"; GET the session to see which", http.StatusConflict)
	case errors.Is(err, ErrPart):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case r.Context().Err() != nil:
		// Whoever asked has gone; the status is for the log of the proxy.
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		s.trouble(w, r, err)
	}
}

// trouble is for failures of Redis. All steps may be repeated, so the advice is
// always to do so, and only the wait differs.
func (s *service) trouble(w http.ResponseWriter, r *http.Request, err error) {
	s.logf("%s: %s: %v", r.Pattern, upstash.OutcomeOf(err), err)
	wait, text := time.Second, "the upload service cannot reach its database; repeat the request"
	switch {
	case errors.Is(err, upstash.ErrMaybeApplied):
		text = "the step may have been recorded; repeat the request, it does no harm"
	case errors.Is(err, upstash.ErrQuota), errors.Is(err, upstash.ErrCapacity),
		errors.Is(err, upstash.ErrUnauthorized), errors.Is(err, upstash.ErrNoPermission):
		wait = time.Minute // until a person has done something
	case errors.Is(err, lock.ErrLost), errors.Is(err, context.DeadlineExceeded):
		text = "this took too long; repeat the request"
	}
	retryAfter(w, wait)
	http.Error(w, text, http.StatusServiceUnavailable)
}

// retryAfter tells whole seconds, at least one.
func retryAfter(w http.ResponseWriter, d time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int((d+time.Second-1)/time.Second))))
}
