//go:build !wasm

package upstash_test

import (
	"context"
	"fmt"
	"log"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A value is JSON where you say so, on the way in and on the way out.
func ExampleDecodeJSON() {
	client, stop := connect()
	defer stop()
	ctx := context.Background()
	type user struct {
		Name string `json:"name"`
	}

	if _, err := upstash.Set("user:1", upstash.JSON(user{"Ada"})).Do(ctx, client); err != nil {
		log.Fatal(err)
	}
	u, err := upstash.As(upstash.Get("user:1").Command, upstash.DecodeJSON[user]).Do(ctx, client)
	fmt.Println(u.Name, err)
	// Output:
	// Ada <nil>
}

// A missing key as a nil pointer instead of an error.
func ExampleOptional() {
	client, stop := connect()
	defer stop()

	name, err := upstash.Optional(upstash.Get("user:1:name")).Do(context.Background(), client)
	fmt.Println(name == nil, err)
	// Output:
	// true <nil>
}
