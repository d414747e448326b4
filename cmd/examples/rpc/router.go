//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/yesgoddess/edgeredis/cmd/examples/internal/host"
	"github.com/yesgoddess/edgeredis/ratelimit"
)

// A Code says what kind of error a procedure ended with. The words are those of
// tRPC, so a TypeScript caller knows them.
type Code string

// The codes and, in status, what they are in HTTP.
const (
	BadRequest      Code = "BAD_REQUEST"
	Unauthorized    Code = "UNAUTHORIZED"
	Forbidden       Code = "FORBIDDEN"
	NotFound        Code = "NOT_FOUND"
	TooManyRequests Code = "TOO_MANY_REQUESTS"
	Unavailable     Code = "SERVICE_UNAVAILABLE"
	Internal        Code = "INTERNAL_SERVER_ERROR"
)

var status = map[Code]int{
	BadRequest: 400, Unauthorized: 401, Forbidden: 403, NotFound: 404,
	TooManyRequests: 429, Unavailable: 503, Internal: 500,
}

// An Error is what a caller gets to see.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// RetryAfter is in seconds, 0 when waiting does not help.
	RetryAfter float64 `json:"retryAfter,omitempty"`
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Errorf returns an error that callers see as it is.
func Errorf(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// A Router serves procedures as POST /rpc/{name} with a JSON input, and answers
// {"result": ...} or {"error": {"code": ..., "message": ...}}.
type Router struct {
	// Logf gets what callers do not: the errors behind code Internal.
	Logf func(format string, args ...any)

	procedures map[string]procedure
}

// A procedure is one without its types.
type procedure func(ctx context.Context, input []byte) (any, error)

// Handle adds a procedure. Interceptors run in the given order around it; they are
// typed like the procedure, so a limiter's key can be taken from the input.
func Handle[In, Out any](r *Router, name string, fn ratelimit.Next[In, Out], around ...ratelimit.Interceptor[In, Out]) {
	for _, interceptor := range slices.Backward(around) {
		next := fn
		fn = func(ctx context.Context, in In) (Out, error) { return interceptor(ctx, in, next) }
	}
	if r.procedures == nil {
		r.procedures = map[string]procedure{}
	}
	r.procedures[name] = func(ctx context.Context, input []byte) (any, error) {
		var in In
		if err := decode(input, &in); err != nil {
			return nil, err
		}
		return fn(ctx, in)
	}
}

// decode is strict: a misspelled field is an error and not a zero.
func decode(input []byte, in any) error {
	if len(input) == 0 {
		input = []byte("{}")
	}
	d := json.NewDecoder(strings.NewReader(string(input)))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return Errorf(BadRequest, "the input cannot be read: %v", err)
	}
	if v, ok := in.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return Errorf(BadRequest, "%v", err)
		}
	}
	return nil
}

const maxInput = 64 << 10

// ServeHTTP serves one call.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	name, found := strings.CutPrefix(req.URL.Path, "/rpc/")
	call := r.procedures[name]
	var result any
	var err error
	switch {
	case !found || call == nil:
		err = Errorf(NotFound, "there is no such procedure")
	case req.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		host.WriteJSON(w, http.StatusMethodNotAllowed, map[string]any{"error": &Error{Code: BadRequest, Message: "use POST"}})
		return
	default:
		var input []byte
		if input, err = io.ReadAll(http.MaxBytesReader(w, req.Body, maxInput)); err != nil {
			err = Errorf(BadRequest, "the input is too large or did not arrive")
		} else {
			result, err = safely(req.Context(), call, input)
		}
	}
	if err != nil {
		r.refuse(w, req, name, err)
		return
	}
	host.WriteJSON(w, http.StatusOK, map[string]any{"result": result})
}

// safely makes an error of a panic: one call must not end the others.
func safely(ctx context.Context, call procedure, input []byte) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return call(ctx, input)
}

// refuse answers with an error. What is not an Error is logged, not told.
func (r *Router) refuse(w http.ResponseWriter, req *http.Request, name string, err error) {
	if limited, ok := errors.AsType[*ratelimit.LimitedError](err); ok {
		limited.Decision.Header(w.Header().Set)
		if limited.Decision.Degraded() {
			r.Logf("rpc %s: limit without Redis: %v", name, limited.Decision.Err)
		}
		err = refusal(limited.Decision)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		if req.Context().Err() == nil { // otherwise whoever asked has gone
			r.Logf("rpc %s: %v", name, err)
		}
		e = &Error{Code: Internal, Message: "something went wrong here"}
	}
	host.WriteJSON(w, status[e.Code], map[string]any{"error": e})
}

// refusal tells being limited from not knowing.
func refusal(d ratelimit.Decision) error {
	switch {
	case d.Degraded():
		return &Error{Code: Unavailable, Message: "the limit cannot be checked at the moment", RetryAfter: 1}
	case d.Never():
		return &Error{Code: TooManyRequests, Message: "this is more than the limit ever allows"}
	}
	return &Error{Code: TooManyRequests, Message: "the limit of " + d.Policy + " is exhausted", RetryAfter: d.RetryAfter.Seconds()}
}
