// Program limiter asks a rate limiter.
package main

import (
	"context"

	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

func main() {
	client, err := upstash.New(upstash.Config{URL: "https://example.upstash.io", Token: "token"})
	if err != nil {
		panic(err)
	}
	limiter, err := ratelimit.New(client, ratelimit.API(), ratelimit.Options{})
	if err != nil {
		panic(err)
	}
	d, err := limiter.Allow(context.Background(), "user")
	println(d.Allowed, d.Remaining, d.RetryAfter.Milliseconds(), err == nil)
}
