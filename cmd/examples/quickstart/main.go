package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

var bump = upstash.NewScript(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, upstash.Reply.Int64)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client, err := upstash.NewFromEnv(upstash.Config{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := upstash.Set("greeting", "hello").Do(ctx, client); err != nil {
		log.Fatal(err)
	}
	text, err := upstash.Get("greeting").Do(ctx, client)
	if errors.Is(err, upstash.ErrNil) {
		fmt.Println("there is no greeting")
	} else if err != nil {
		log.Fatal(err)
	}
	visits, err := bump.Run(ctx, client, []string{"visits"}, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text, visits)
}
