// Program lock works under a distributed lock.
package main

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
)

func main() {
	client, err := upstash.New(upstash.Config{URL: "https://example.upstash.io", Token: "token"})
	if err != nil {
		panic(err)
	}
	err = lock.With(context.Background(), client, "lock:report:7", time.Minute, func(_ context.Context, lease *lock.Lease) error {
		println(lease.Fence())
		return nil
	})
	println(err == nil)
}
