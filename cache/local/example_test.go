package local_test

import (
	"context"
	"fmt"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/local"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

func ExampleNew() {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	level, err := local.New(local.Options{MaxEntries: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	names, err := cache.New(client, cache.Text(), cache.Options{Kind: keys.KindUser, Local: level, LocalTTL: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(names.Set(ctx, "7", "Ada"))
	before := srv.Stats().Commands
	for range 1000 {
		_, err = names.Get(ctx, "7")
	}
	fmt.Println(srv.Stats().Commands-before, err) // the first is sent; LocalTTL says when the next will be
	// Output:
	// <nil>
	// 1 <nil>
}
