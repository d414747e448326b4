package compress_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/cache/compress"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func ExampleZstd() {
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

	pages, err := cache.New(client, cache.Text(), cache.Options{Prefix: "page:", TTL: time.Hour, Compressor: compress.Zstd()})
	if err != nil {
		fmt.Println(err)
		return
	}
	page := strings.Repeat("<li>hello</li>", 1000)
	fmt.Println(pages.Set(ctx, "hello", page))
	got, err := pages.Get(ctx, "hello")
	fmt.Println(got == page, err)
	size, err := upstash.StrLen("page:hello").Do(ctx, client)
	fmt.Println(len(page), size < 1000, err)
	// Output:
	// <nil>
	// true <nil>
	// 14000 true <nil>
}
