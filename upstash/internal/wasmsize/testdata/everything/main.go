// Program everything uses each package once, with JSON values.
package main

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

type user struct {
	Name string `json:"name"`
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := upstash.New(upstash.Config{URL: "https://example.upstash.io", Token: "token"})
	check(err)

	limiter, err := ratelimit.New(client, ratelimit.API(), ratelimit.Options{})
	check(err)
	d, err := limiter.Allow(ctx, "user")
	check(err)

	users, err := cache.New(client, cache.JSON[user](), cache.Options{Kind: keys.KindUser})
	check(err)
	u, err := users.GetOrLoad(ctx, "7", func(context.Context) (user, error) { return user{Name: "Ada"}, nil })
	check(err)

	check(lock.With(ctx, client, "lock:report:7", time.Minute, func(_ context.Context, lease *lock.Lease) error {
		println(lease.Fence())
		return nil
	}))

	p := pipeline.New(client)
	visits := pipeline.Add(p, upstash.Incr("visits"))
	pipeline.Add(p, upstash.Set("user:7", upstash.JSON(u)))
	check(p.Exec(ctx))
	n, err := visits.Result()
	check(err)
	stored, err := upstash.As(upstash.NewCommand("GET", "user:7"), upstash.DecodeJSON[user]).Do(ctx, client)
	check(err)
	println(d.Allowed, u.Name, n, stored.Name)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
