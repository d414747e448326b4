package nethttp_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jarcoal/httpmock"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
)

func ExampleNew() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodPost, "https://example.invalid/", httpmock.NewStringResponder(200, `{"result":"PONG"}`))

	t := nethttp.New(&http.Client{Transport: mock})
	var resp upstash.Response
	err := t.RoundTrip(context.Background(), &upstash.Request{
		URL:    "https://example.invalid/",
		Header: []upstash.HeaderField{{Name: "Authorization", Value: "Bearer token"}},
		Body:   []byte(`["PING"]`),
	}, &resp)
	fmt.Println(err, resp.Status, string(resp.Body))
	// Output: <nil> 200 {"result":"PONG"}
}
