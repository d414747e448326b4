//go:build js

// Command edgeredis is the Worker whose client is this module's.
package main

import (
	"context"

	"github.com/yesgoddess/edgeredis/cmd/benchmarks/edge/testdata/host"
	"github.com/yesgoddess/edgeredis/upstash"
)

type store struct{ db *upstash.Client }

func (s store) Get(ctx context.Context, key string) (string, error) {
	return upstash.Get(key).Do(ctx, s.db)
}

func (s store) Set(ctx context.Context, key, value string) error {
	_, err := upstash.Set(key, value).Do(ctx, s.db)
	return err
}

func main() {
	host.Run(func(url, token string) (host.Store, error) {
		db, err := upstash.New(upstash.Config{URL: url, Token: upstash.Secret(token)})
		return store{db}, err
	}, upstash.WithInvocation)
}
