//go:build wasip1

// Command guest is a WASI program that talks to Redis: it writes and reads a key
// and asks a rate limiter.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

func main() {
	if err := run(); err != nil {
		os.Stdout.WriteString("error: " + err.Error() + "\n")
		for _, known := range []struct {
			err  error
			says string
		}{
			{upstash.ErrNoTransport, "no transport"},
			{upstash.ErrNotSent, "nothing was sent"},
			{upstash.ErrMaybeApplied, "it may have been applied"},
			{upstash.ErrUnauthorized, "unauthorized"},
			{context.DeadlineExceeded, "the time was over"},
			{upstash.ErrResponseTooLarge, "too large"},
		} {
			if errors.Is(err, known.err) {
				os.Stdout.WriteString("known: " + known.says + "\n")
			}
		}
		os.Exit(1)
	}
}

func run() error {
	cfg := upstash.Config{Transport: hostTransport{}, MaxResponse: 64 << 10, Retry: upstash.Retry{MaxAttempts: 1}}
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		cfg.Transport = nil
	}
	client, err := upstash.NewFromEnv(cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if len(os.Args) > 2 { // a command of the caller's
		args := make([]any, 0, len(os.Args))
		for _, a := range os.Args[2:] {
			args = append(args, a)
		}
		_, err := upstash.As(upstash.NewCommand(os.Args[1], args...), upstash.Reply.Raw).Do(ctx, client)
		return err
	}
	if _, err := upstash.Set("greeting", "héllo from WASI").Do(ctx, client); err != nil {
		return err
	}
	text, err := upstash.Get("greeting").Do(ctx, client)
	if err != nil {
		return err
	}
	os.Stdout.WriteString("read: " + text + "\n")

	limiter, err := ratelimit.New(client, ratelimit.NewPolicy("wasi", ratelimit.FixedWindow(2, time.Hour)), ratelimit.Options{OnFailure: ratelimit.FailDeny})
	if err != nil {
		return err
	}
	for range 3 {
		d, err := limiter.Allow(ctx, "guest")
		switch {
		case err != nil:
			return err
		case d.Allowed:
			os.Stdout.WriteString("limiter: allowed\n")
		default:
			os.Stdout.WriteString("limiter: refused\n")
		}
	}
	return nil
}
