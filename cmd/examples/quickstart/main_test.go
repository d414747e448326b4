//go:build !wasm

package main

import (
	"fmt"
	"os"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func Example() {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	_ = os.Setenv("REDIS_REST_URL", srv.URL)
	_ = os.Setenv("REDIS_REST_TOKEN", srv.Token)
	main()
	main()
	// Output:
	// hello 1
	// hello 2
}
