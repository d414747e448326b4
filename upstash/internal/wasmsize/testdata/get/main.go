// Program get reads one key.
package main

import (
	"context"

	"github.com/yesgoddess/edgeredis/upstash"
)

func main() {
	client, err := upstash.New(upstash.Config{URL: "https://example.upstash.io", Token: "token"})
	if err != nil {
		panic(err)
	}
	value, err := upstash.Get("key").Do(context.Background(), client)
	println(value, err == nil)
}
