//go:build js

package upstash_test

import (
	"os"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// fetchServer returns the address of an upstashtest.TransportHandler. A process
// that can listen has to give it: TestNode does.
func fetchServer(t testing.TB) string {
	t.Helper()
	url := os.Getenv("EDGEREDIS_TRANSPORT_URL")
	if url == "" {
		t.Skip("needs EDGEREDIS_TRANSPORT_URL; TestNode sets it")
	}
	return url
}

func newFetch(t testing.TB, o upstash.FetchOptions) *upstash.FetchTransport {
	t.Helper()
	tr, err := upstash.NewFetchTransport(o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestFetchTransport(t *testing.T) {
	upstashtest.TestTransportURL(t, func(t testing.TB) upstash.Transport { return newFetch(t, upstash.FetchOptions{}) }, fetchServer(t))
}
