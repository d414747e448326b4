//go:build !wasm

package upstash_test

import (
	"context"
	"fmt"
	"log"

	"github.com/yesgoddess/edgeredis/upstash"
)

func ExampleClient_Subscribe() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()

	for event, err := range client.Subscribe(ctx, "news", upstash.StreamOptions{}) {
		if err != nil {
			log.Fatal(err) // going on is pointless: a wrong token, say
		}
		switch event.Kind {
		case upstash.EventReady:
			fmt.Println("subscribed to", event.Channel)
			if _, err := upstash.Publish("news", "hello, world").Do(ctx, client); err != nil {
				log.Fatal(err)
			}
		case upstash.EventGap:
			log.Print("messages may be missing: ", event.Err)
		case upstash.EventMessage:
			fmt.Println("got", event.Payload)
			return // leaving the loop unsubscribes
		}
	}
	// Output:
	// subscribed to news
	// got hello, world
}
