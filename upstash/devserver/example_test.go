//go:build !wasm

package devserver_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// A server over an embedded Redis on a free port, spoken to without any client.
func Example() {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	for _, body := range []string{`["SET","greeting","hello","EX",60]`, `["GET","greeting"]`} {
		req, _ := http.NewRequest(http.MethodPost, srv.URL, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+srv.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		fmt.Println(res.StatusCode, string(text))
	}
	// Output:
	// 200 {"result":"OK"}
	// 200 {"result":"hello"}
}

// Counting what a piece of code would be billed for.
func ExampleServer_Stats() {
	srv, err := devserver.Start(devserver.Options{Token: "dev"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	before := srv.Stats()
	req, _ := http.NewRequest(http.MethodPost, srv.URL+"/pipeline", strings.NewReader(
		`[["INCR","hits"],["EVAL","return redis.call('GET',KEYS[1])",1,"hits"]]`))
	req.Header.Set("Authorization", "Bearer dev")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	after := srv.Stats()
	fmt.Println("requests:", after.Requests-before.Requests)
	fmt.Println("billed:", after.Billed()-before.Billed())
	// Output:
	// requests: 1
	// billed: 3
}
