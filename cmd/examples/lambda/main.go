// Command lambda is an AWS Lambda function that counts visits and limits them.
//
//	GOOS=linux GOARCH=arm64 go build -o bootstrap ./cmd/examples/lambda
//
// makes the file that the runtime provided.al2023 starts. The function needs
// REDIS_REST_URL and REDIS_REST_TOKEN in its environment.
//
// The client is made once, outside the handler: an execution environment answers
// many events, one at a time, and is frozen in between. What that means for the
// client is in runtime.go; the tests do it, with a runtime API of their own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// An event is what the function is invoked with.
type event struct {
	User string `json:"user"`
}

// An answer is what it returns.
type answer struct {
	Allowed    bool  `json:"allowed"`
	Visits     int64 `json:"visits,omitempty"`
	RetryAfter int64 `json:"retryAfterSeconds,omitempty"`
}

var errNoUser = errors.New("the event names no user")

// A function holds what all invocations share.
type function struct {
	client  *upstash.Client
	limiter *ratelimit.Limiter
}

func newFunction(client *upstash.Client) (*function, error) {
	policy := ratelimit.NewPolicy("visits", ratelimit.SlidingWindow(3, time.Minute))
	limiter, err := ratelimit.New(client, policy, ratelimit.Options{})
	return &function{client: client, limiter: limiter}, err
}

// handle answers one event.
func (f *function) handle(ctx context.Context, data []byte) (any, error) {
	var e event
	if err := json.Unmarshal(data, &e); err != nil || e.User == "" {
		return nil, errNoUser
	}
	d, err := f.limiter.Allow(ctx, e.User)
	if err != nil {
		return nil, err
	}
	if !d.Allowed {
		return answer{RetryAfter: int64((d.RetryAfter + time.Second - 1) / time.Second)}, nil
	}
	visits, err := upstash.Incr("visits:"+e.User).Do(ctx, f.client)
	if err != nil {
		return nil, err
	}
	return answer{Allowed: true, Visits: visits}, nil
}

// run is the life of an execution environment.
func run(ctx context.Context, api string, connect func() (*upstash.Client, error)) error {
	r := newRuntime(api)
	client, err := connect()
	if err != nil {
		return errors.Join(err, r.report(ctx, "/init/error", err))
	}
	f, err := newFunction(client)
	if err != nil {
		return errors.Join(err, r.report(ctx, "/init/error", err))
	}
	return r.serve(ctx, f.handle)
}

func main() {
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if api == "" {
		fmt.Fprintln(os.Stderr, "AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda; go test ./cmd/examples/lambda runs it without")
		os.Exit(2)
	}
	if err := run(context.Background(), api, upstash.Default); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
