//go:build !wasm

package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// caller is who calls, as authentication has found out.
type callerKey struct{}

func callerOf(ctx context.Context) string {
	id, _ := ctx.Value(callerKey{}).(string)
	return id
}

// authenticate stands for authentication: it believes the header X-User.
func authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, r.Header.Get("X-User"))))
	})
}

// The inputs and outputs of the procedures.
type (
	// ProfileIn asks for a profile.
	ProfileIn struct {
		ID string `json:"id"`
	}
	// ProfileOut is a profile.
	ProfileOut struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	// MessageIn is a message to another user.
	MessageIn struct {
		To   string `json:"to"`
		Text string `json:"text"`
	}
	// MessageOut numbers it.
	MessageOut struct {
		Number int64 `json:"number"`
	}
	// ExportIn wants the caller's data in a format.
	ExportIn struct {
		Format string `json:"format"`
	}
	// ExportOut says where it will be.
	ExportOut struct {
		Path string `json:"path"`
	}
	// LoginIn is an attempt to log in.
	LoginIn struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	// LoginOut is the session.
	LoginOut struct {
		Session string `json:"session"`
	}
)

// Validate says what is wrong with an input.
func (in *MessageIn) Validate() error {
	if in.To == "" || in.Text == "" || len(in.Text) > 10_000 {
		return errors.New("a message needs to and text, up to 10,000 bytes")
	}
	return nil
}

// Validate says what is wrong with an input.
func (in *ExportIn) Validate() error {
	if in.Format != "csv" && in.Format != "json" {
		return errors.New("format is csv or json")
	}
	return nil
}

// Validate normalises the address, so that one person is one id for the limit.
func (in *LoginIn) Validate() error {
	in.Email = strings.ToLower(strings.TrimSpace(in.Email))
	if !strings.Contains(in.Email, "@") || in.Password == "" {
		return errors.New("log in with email and password")
	}
	return nil
}

// limits are the platform's presets, each as one limiter for all procedures that
// share it.
type limits struct{ api, message, export, login *ratelimit.Limiter }

// newLimits says for each preset what an outage of Redis means. Calls and messages
// go on, exports are dear and wait, and logins are never unlimited: each process
// then counts them by itself. A decision may take budget; 0 means the default.
func newLimits(d upstash.Doer, budget time.Duration) (l limits, err error) {
	for _, preset := range []struct {
		to        **ratelimit.Limiter
		policy    ratelimit.Policy
		onFailure ratelimit.FailurePolicy
	}{
		{&l.api, ratelimit.API(), ratelimit.FailAllow},
		{&l.message, ratelimit.Message(), ratelimit.FailAllow},
		{&l.export, ratelimit.Export(), ratelimit.FailDeny},
		{&l.login, ratelimit.Login(), ratelimit.FailLocal},
	} {
		*preset.to, err = ratelimit.New(d, preset.policy, ratelimit.Options{OnFailure: preset.onFailure, Timeout: budget})
		if err != nil {
			return l, err
		}
	}
	return l, nil
}

// signedIn refuses calls without a caller. It stands before the limiters, which let
// an empty id through uncounted.
func signedIn[In, Out any](ctx context.Context, in In, next ratelimit.Next[In, Out]) (Out, error) {
	if callerOf(ctx) == "" {
		var none Out
		return none, Errorf(Unauthorized, "log in first")
	}
	return next(ctx, in)
}

// perCaller limits by who calls.
func perCaller[In, Out any](l *ratelimit.Limiter) ratelimit.Interceptor[In, Out] {
	return ratelimit.Intercept[In, Out](l, func(ctx context.Context, _ In) string { return callerOf(ctx) })
}

// newRouter returns the procedures behind their limits.
func newRouter(d upstash.Doer, budget time.Duration, logf func(string, ...any)) (*Router, error) {
	l, err := newLimits(d, budget)
	if err != nil {
		return nil, err
	}
	r := &Router{Logf: logf}
	var sent atomic.Int64

	Handle(r, "profile.get", func(_ context.Context, in ProfileIn) (ProfileOut, error) {
		if in.ID != "7" {
			return ProfileOut{}, Errorf(NotFound, "there is no such profile")
		}
		return ProfileOut{ID: in.ID, Name: "Ann"}, nil
	}, signedIn, perCaller[ProfileIn, ProfileOut](l.api))

	// Each limiter is one request to Redis. Limits that are always asked together
	// are cheaper as one ratelimit.Multi, all or nothing.
	Handle(r, "message.send", func(context.Context, MessageIn) (MessageOut, error) {
		return MessageOut{Number: sent.Add(1)}, nil
	}, signedIn, perCaller[MessageIn, MessageOut](l.api), perCaller[MessageIn, MessageOut](l.message))

	Handle(r, "export.start", func(ctx context.Context, in ExportIn) (ExportOut, error) {
		return ExportOut{Path: fmt.Sprintf("/exports/%s.%s", callerOf(ctx), in.Format)}, nil
	}, signedIn, perCaller[ExportIn, ExportOut](l.api), perCaller[ExportIn, ExportOut](l.export))

	Handle(r, "auth.login", func(ctx context.Context, in LoginIn) (LoginOut, error) {
		if subtle.ConstantTimeCompare([]byte(in.Password), []byte("correct horse")) == 0 {
			return LoginOut{}, Errorf(Unauthorized, "the address or the password is wrong")
		}
		// Only failures should count. If this fails, the user has an attempt
		// less for a while: no reason to refuse the login.
		if err := l.login.Reset(ctx, in.Email); err != nil {
			logf("auth.login: reset: %v", err)
		}
		return LoginOut{Session: "a new session"}, nil
	}, ratelimit.Intercept[LoginIn, LoginOut](l.login, func(_ context.Context, in LoginIn) string { return in.Email }))
	return r, nil
}
