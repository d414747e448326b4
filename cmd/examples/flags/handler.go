//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// claimTTL is how long a process that dies holds up a payment.
const claimTTL = 30 * time.Second

// A service has the endpoints.
type service struct {
	flags  *Flags
	once   *Once
	ledger *Ledger
	logf   func(format string, args ...any)
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /flags/{user}", s.getFlags)
	mux.HandleFunc("PUT /flags/{name}", s.putFlag)
	mux.HandleFunc("POST /payments", s.pay)
	return mux
}

// getFlags answers with what a user has.
func (s *service) getFlags(w http.ResponseWriter, r *http.Request) {
	has, err := s.flags.Of(r.Context(), r.PathValue("user"))
	if err != nil {
		if _, bad := errors.AsType[*keys.LengthError](err); bad {
			http.Error(w, "the user's name is too long", http.StatusBadRequest)
			return
		}
		s.logf("flags: %v", err)
		w.Header().Set("Retry-After", "1")
		http.Error(w, "flags cannot be read; treat them as off", http.StatusServiceUnavailable)
		return
	}
	host.WriteJSON(w, http.StatusOK, has)
}

var flagName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// putFlag changes a flag: {"on": true, "percent": 25}.
func (s *service) putFlag(w http.ResponseWriter, r *http.Request) {
	var f Flag
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&f); err != nil ||
		!flagName.MatchString(r.PathValue("name")) || !(f.Percent >= 0 && f.Percent <= 100) {
		http.Error(w, `send {"on": true, "percent": 25} to a name of lower-case letters, digits and hyphens`, http.StatusBadRequest)
		return
	}
	f.Name = r.PathValue("name")
	if err := s.flags.Put(r.Context(), f); err != nil {
		// The change may be stored: what is not known to be everywhere is an
		// error for the operator, and repeating it does no harm.
		s.logf("flag %s: %v", f.Name, err)
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the flag may be changed for some users only; repeat the request", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

const (
	maxPayment = 16 << 10
	maxName    = 255
)

// pay makes a payment once for each Idempotency-Key.
func (s *service) pay(w http.ResponseWriter, r *http.Request) {
	user, id := r.Header.Get("X-User"), r.Header.Get("Idempotency-Key")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayment))
	var p Payment
	if err != nil || json.Unmarshal(body, &p) != nil || p.To == "" || p.Cents <= 0 || user == "" || len(user) > maxName || id == "" || len(id) > maxName {
		http.Error(w, `send {"to": "ann", "cents": 1000} with the headers X-User and Idempotency-Key`, http.StatusBadRequest)
		return
	}
	answer, recorded, err := s.once.Do(r.Context(), user, id, body, func(ctx context.Context) (Answer, error) {
		return s.ledger.pay(ctx, user, id, p)
	})
	if err != nil {
		s.refusePayment(w, err)
		return
	}
	if recorded {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	host.WriteJSON(w, answer.Status, answer.Body)
}

// refusePayment says what to do. No answer here is recorded, and all of them mean
// that the same request with the same key is safe.
func (s *service) refusePayment(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrRunning):
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error()+"; ask again", http.StatusConflict)
	case errors.Is(err, ErrReused):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	default:
		// Without a record nothing is paid: better no payment than two. When the
		// answer to the claim was lost, it is in the way until it ends.
		s.logf("payment: %s: %v", upstash.OutcomeOf(err), err)
		wait := time.Second
		if errors.Is(err, upstash.ErrMaybeApplied) {
			wait = claimTTL
		}
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		http.Error(w, "the payment may not have been made; repeat the request with the same key", http.StatusServiceUnavailable)
	}
}

func newService(d upstash.Doer, store *Store, ledger *Ledger, logf func(string, ...any)) (*service, error) {
	flags, err := NewFlags(d, store, func(_ context.Context, e cache.ErrorEvent) { logf("%s: %s: %v", e.Cache, e.Op, e.Err) })
	if err != nil {
		return nil, err
	}
	return &service{flags: flags, once: NewOnce(d, keys.KindPaymentRecord, claimTTL, logf), ledger: ledger, logf: logf}, nil
}
