// Program cache reads a value through a cache that stores JSON.
package main

import (
	"context"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

type user struct {
	Name string `json:"name"`
}

func main() {
	client, err := upstash.New(upstash.Config{URL: "https://example.upstash.io", Token: "token"})
	if err != nil {
		panic(err)
	}
	users, err := cache.New(client, cache.JSON[user](), cache.Options{Kind: keys.KindUser})
	if err != nil {
		panic(err)
	}
	u, err := users.GetOrLoad(context.Background(), "7", func(context.Context) (user, error) {
		return user{Name: "Ada"}, nil
	})
	println(u.Name, err == nil)
}
