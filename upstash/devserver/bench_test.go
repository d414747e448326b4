//go:build !wasm

package devserver_test

import (
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// BenchmarkServer measures whole HTTP round trips over loopback by 100
// concurrent clients.
func BenchmarkServer(b *testing.B) {
	pipe := `[` + strings.Repeat(`["GET","k"],`, 99) + `["GET","k"]]`
	for _, backend := range []string{"embedded", "redis"} {
		for _, x := range []struct{ name, path, body string }{
			{"get", "/", `["GET","k"]`},
			{"set", "/", `["SET","k","v","PX",60000]`},
			{"eval", "/", `["EVAL","#!lua flags=allow-key-locking\nreturn redis.call('INCR',KEYS[1])",1,"n"]`},
			{"pipe100", "/pipeline", pipe},
		} {
			b.Run(backend+"/"+x.name, func(b *testing.B) {
				o := devserver.Options{}
				if backend == "redis" {
					o.Redis = redistest.StartOwn(b).URL
				}
				srv := start(b, o)
				client := &fasthttp.HostClient{Addr: strings.TrimPrefix(srv.URL, "http://"), MaxConns: 200}
				b.SetParallelism(50)
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
					req.Header.SetMethod(fasthttp.MethodPost)
					req.SetRequestURI(srv.URL + x.path)
					req.Header.Set("Authorization", "Bearer "+srv.Token)
					req.SetBodyString(x.body)
					for pb.Next() {
						if err := client.Do(req, res); err != nil || res.StatusCode() != 200 {
							b.Errorf("%v %d %s", err, res.StatusCode(), res.Body())
							return
						}
					}
				})
			})
		}
	}
}
