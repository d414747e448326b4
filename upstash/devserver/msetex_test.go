//go:build !wasm

package devserver_test

import (
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// TestMSetEx: all or none, with one TTL, over both backends.
func TestMSetEx(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		checkAll(t, srv, []exchange{
			{name: "stores", body: `["MSETEX",2,"ma","1","mb","2","PX",100000]`, want: `{"result":1}`},
			{name: "stored", body: `["MGET","ma","mb"]`, want: `{"result":["1","2"]}`},
			{name: "one exists", body: `["MSETEX","2","mb","3","mc","3","EX","100","NX"]`, want: `{"result":0}`},
			{name: "one is missing", body: `["msetex","2","mb","3","mc","3","xx"]`, want: `{"result":0}`},
			{name: "nothing stored", body: `["MGET","mb","mc"]`, want: `{"result":["2",null]}`},
			{name: "all exist", body: `["MSETEX","2","ma","4","mb","5","XX","KEEPTTL"]`, want: `{"result":1}`},
			{name: "the TTL is kept", path: "/pipeline", body: `[["PERSIST","ma"],["PERSIST","mb"],["MGET","ma","mb"]]`, want: `[{"result":1},{"result":1},{"result":["4","5"]}]`},
			{name: "none exists", body: `["MSETEX","1","md","6","NX"]`, want: `{"result":1}`},
			{name: "without a TTL", body: `["TTL","md"]`, want: `{"result":-1}`},
			{name: "transaction", path: "/multi-exec", body: `[["MSETEX","1","me","7","EX","100"],["GET","me"]]`, want: `[{"result":1},{"result":"7"}]`},
			{name: "no number", body: `["MSETEX","x","k","v"]`, status: 400, want: `{"error":"ERR invalid numkeys value"}`},
			{name: "no keys", body: `["MSETEX","0","k","v"]`, status: 400, want: `{"error":"ERR invalid numkeys value"}`},
			{name: "too few", body: `["MSETEX","2","k","v","w"]`, status: 400, want: `{"error":"ERR wrong number of key-value pairs"}`},
			{name: "two conditions", body: `["MSETEX","1","k","v","NX","XX"]`, status: 400, want: `{"error":"ERR syntax error"}`},
			{name: "two times", body: `["MSETEX","1","k","v","PX","1","KEEPTTL"]`, status: 400, want: `{"error":"ERR syntax error"}`},
			{name: "half a time", body: `["MSETEX","1","k","v","PX"]`, status: 400, want: `{"error":"ERR syntax error"}`},
			{name: "bad time", body: `["MSETEX","1","mbad","v","PX","x"]`, status: 400, want: `{"error":"ERR value is not an integer or out of range"}`},
			{name: "a bad time stores nothing", body: `["EXISTS","mbad"]`, want: `{"result":0}`},
		})
	})
}
