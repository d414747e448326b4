// Command edgeredis reads one key and ends: what a function does that is started
// for one request.
package main

import (
	"context"
	"os"

	"github.com/yesgoddess/edgeredis/upstash"
)

func main() {
	value, err := upstash.Get("bench:16").Do(context.Background(), client())
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString(value)
}

func client() *upstash.Client {
	c, err := upstash.Default()
	if err != nil {
		panic(err)
	}
	return c
}
