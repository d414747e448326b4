//go:build !wasm

package devserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

const (
	wrongPass = `{"error":"WRONGPASS invalid or missing auth token. See https://docs.upstash.com/redis/troubleshooting/http_unauthorized for details."}`
	wrongType = `{"error":"WRONGTYPE Operation against a key holding the wrong kind of value"}`
	noSuch    = `{"error":"ERR Command is not available: 'NOPE'. See https://upstash.com/docs/redis/overall/rediscompatibility for details"}`
)

var (
	base64Header = []string{"Upstash-Encoding", "base64"}
	resp2Header  = []string{"Upstash-Response-Format", "resp2"}
)

func TestCommand(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		checkAll(t, srv, []exchange{
			{name: "status", body: `["SET","k","v"]`, want: `{"result":"OK"}`},
			{name: "bulk", body: `["GET","k"]`, want: `{"result":"v"}`},
			{name: "nil", body: `["GET","none"]`, want: `{"result":null}`},
			{name: "integer", body: `["INCR","n"]`, want: `{"result":1}`},
			{name: "largest integer", body: `["INCRBY","n2",9223372036854775807]`, want: `{"result":9223372036854775807}`},
			{name: "smallest integer", body: `["INCRBY","n3","-9223372036854775808"]`, want: `{"result":-9223372036854775808}`},
			{name: "name in lower case", body: `["get","k"]`, want: `{"result":"v"}`},
			{name: "list", body: `["RPUSH","l","a","b"]`, want: `{"result":2}`},
			{name: "array", body: `["LRANGE","l",0,-1]`, want: `{"result":["a","b"]}`},
			{name: "nil in array", body: `["MGET","k","none"]`, want: `{"result":["v",null]}`},
			{name: "missing hash", body: `["HGETALL","none"]`, want: `{"result":[]}`},
			{name: "number keeps its text", body: `["SET","k",1.50e3]`, want: `{"result":"OK"}`},
			{name: "number text", body: `["GET","k"]`, want: `{"result":"1.50e3"}`},
			{name: "boolean", body: `["SET","k",true]`, want: `{"result":"OK"}`},
			{name: "boolean text", body: `["GET","k"]`, want: `{"result":"true"}`},
			{name: "escapes", body: `["SET","k","\u00e9\ud83c\udf89\n\"\\\u0000"]`, want: `{"result":"OK"}`},
			{name: "escapes back", body: `["GET","k"]`, want: `{"result":"é🎉\n\"\\\u0000"}`},
			{name: "run-time error", body: `["LPUSH","k","x"]`, status: 400, want: wrongType},
			{name: "unknown", body: `["NOPE"]`, status: 400, want: noSuch},
			{name: "arity", body: `["GET"]`, status: 400, want: `{"error":"ERR wrong number of arguments for 'get' command"}`},
			{name: "connection command", body: `["multi"]`, status: 400, want: `{"error":"ERR Command \"MULTI\" is not allowed in REST or it has a special context path"}`},
			{name: "empty body", body: ``, status: 400, want: `{"error":"EOF"}`},
			{name: "object", body: `{"a":1}`, status: 400, want: `{"error":"expected JSON array"}`},
			{name: "text", body: `hello`, status: 400, want: `{"error":"expected JSON array"}`},
			{name: "empty array", body: `[]`, status: 400, want: `{"error":"ERR empty command"}`},
			{name: "null", body: `["SET","k",null]`, status: 400, want: `{"error":"ERR null args are not supported"}`},
			{name: "nested array", body: `["SET","k",["a"]]`, status: 400, want: `{"error":"ERR unsupported arg type: \"[\": json.Delim"}`},
			{name: "nested object", body: `["SET","k",{"a":1}]`, status: 400, want: `{"error":"ERR unsupported arg type: \"{\": json.Delim"}`},
			{name: "cut short", body: `["SET","k"`, status: 400, want: `{"error":"unexpected EOF"}`},
			{name: "trailing", body: `["GET","k"] x`, status: 400, want: `{"error":"invalid character 'x' after top-level value"}`},
			{name: "select 0", body: `["SELECT",0]`, want: `{"result":"OK"}`},
			{name: "select 1", body: `["SELECT",1]`, status: 400, want: `{"error":"ERR DB index is out of range"}`},
			{name: "sets that overlap", body: `["PFADD","h1","a","b"]`, want: `{"result":1}`},
			{name: "the other", body: `["PFADD","h2","b","c"]`, want: `{"result":1}`},
			{name: "union counted", body: `["PFCOUNT","h1","h2","none"]`, want: `{"result":3}`},
			{name: "union with a string", body: `["PFCOUNT","h1","k"]`, status: 400, want: `{"error":"WRONGTYPE Key is not a valid HyperLogLog string value."}`},
			{name: "nothing left over", body: `["KEYS","*pfcount*"]`, want: `{"result":[]}`},
			{name: "long key", body: `["GET","` + strings.Repeat("k", 32769) + `"]`, status: 400, want: `{"error":"ERR max key size exceeded. Limit: 32768 bytes, Actual: 32769 bytes"}`},
		})
	})
}

func TestPathForm(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		checkAll(t, srv, []exchange{
			{name: "get", method: http.MethodGet, path: "/set/foo/bar", want: `{"result":"OK"}`},
			{name: "upper case", method: http.MethodGet, path: "/GET/foo", want: `{"result":"bar"}`},
			{name: "trailing slash", method: http.MethodGet, path: "/get/foo/", want: `{"result":"bar"}`},
			{name: "put", method: http.MethodPut, path: "/get/foo", want: `{"result":"bar"}`},
			{name: "slash inside", method: http.MethodGet, path: "/set/a%2Fb/x%20y", want: `{"result":"OK"}`},
			{name: "slash inside back", body: `["GET","a/b"]`, want: `{"result":"x y"}`},
			{name: "body and query", path: "/set/foo?EXAT=4102444800", body: `{"any":"text"}`, want: `{"result":"OK"}`},
			{name: "its time", method: http.MethodGet, path: "/expiretime/foo", want: `{"result":4102444800}`},
			{name: "bare name", path: "/set/foo?NX", body: "x", want: `{"result":null}`},
			{name: "name without body", method: http.MethodGet, path: "/set/foo/new?XX&EX=50", want: `{"result":"OK"}`},
			{name: "binary body", path: "/set/bin", body: "\xff\x00\xfe", want: `{"result":"OK"}`},
			{name: "binary, plain", body: `["GET","bin"]`, want: `{"result":"` + "\uFFFD\\u0000\uFFFD" + `"}`},
			{name: "binary, base64", body: `["GET","bin"]`, headers: base64Header, want: `{"result":"/wD+"}`},
			{name: "body is one argument", path: "/xadd/s", body: `["*","a","b"]`, status: 400, want: `{"error":"ERR wrong number of arguments for 'xadd' command"}`},
			{name: "bad escape", path: "/get/foo?x=%zz", status: 400, want: `{"error":"ERR invalid percent-encoding in the URL"}`},
			{name: "publish", path: "/publish/ch/hello", want: `{"result":0}`},
			{name: "query token", method: http.MethodGet, path: "/get/a%2Fb?_token=" + srv.Token, noAuth: true, want: `{"result":"x y"}`},
			{name: "empty path", method: http.MethodGet, path: "/", status: 400, want: `{"error":"EOF"}`},
		})
	})
}

func TestBatches(t *testing.T) {
	refusedTx := func(name, body, text string) exchange {
		return exchange{name: name, path: "/multi-exec", body: body, status: 400, want: `{"error":"` + text + `"}`}
	}
	refused := func(name, body, text string) exchange {
		return exchange{name: name, path: "/pipeline", body: body, status: 400, want: `{"error":"` + text + `"}`}
	}
	docs := `[["SET","key1","valuex"],["SETEX","key2",13,"valuez"],["INCR","key1"],["ZADD","myset",11,"item1",22,"item2"]]`
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		checkAll(t, srv, []exchange{
			{name: "documented pipeline", path: "/pipeline", body: docs, want: `[{"result":"OK"},{"result":"OK"},{"error":"ERR value is not an integer or out of range"},{"result":2}]`},
			{name: "documented transaction", path: "/multi-exec", body: docs, want: `[{"result":"OK"},{"result":"OK"},{"error":"ERR value is not an integer or out of range"},{"result":0}]`},
			{name: "refusals take their slot", path: "/pipeline", body: `[["INCR","p"],["NOPE"],["GET"],["INCR","p"],["COMMAND"]]`, want: `[{"result":1},` + noSuch + `,{"error":"ERR wrong number of arguments for 'get' command"},{"result":2},{"result":[]}]`},
			{name: "a transaction is refused whole", path: "/multi-exec", body: `[["INCR","p"],["NOPE"]]`, status: 400, want: noSuch},
			refusedTx("arity refuses it too", `[["INCR","p"],["GET"]]`, "ERR wrong number of arguments for 'get' command"),
			{name: "nothing ran", body: `["GET","p"]`, want: `{"result":"2"}`},
			{name: "scripts in both", path: "/multi-exec", body: `[["EVAL","return redis.call('INCR',KEYS[1])",1,"p"],["GET","p"],["SELECT",0]]`, want: `[{"result":3},{"result":"3"},{"result":"OK"}]`},
			{name: "base64", path: "/pipeline", headers: base64Header, body: `[["SET","k","OK"],["GET","k"],["MGET","k","none"],["PING"],["LPUSH","k",1]]`, want: `[{"result":"OK"},{"result":"T0s="},{"result":["T0s=",null]},{"result":"UE9ORw=="},` + wrongType + `]`},
			{name: "resp2", path: "/pipeline", headers: resp2Header, body: `[["GET","k"],["GET"],["INCR","p"]]`, want: "$2\r\nOK\r\n-ERR wrong number of arguments for 'get' command\r\n:4\r\n"},
			{name: "transactions are always JSON", path: "/multi-exec", headers: resp2Header, body: `[["GET","k"]]`, want: `[{"result":"OK"}]`},
			refused("flat", `["GET","k"]`, "ERR failed to parse pipeline request"),
			refused("text", `nope`, "ERR failed to parse pipeline request"),
			refused("nothing", ``, "ERR failed to parse pipeline request"),
			refused("empty", `[]`, "ERR empty pipeline request"),
			refused("null argument", `[["GET","k"],["GET",null]]`, "ERR null args are not supported"),
			{name: "empty command", path: "/pipeline", body: `[[]]`, want: `[{"error":"ERR empty pipeline command"}]`},
			refusedTx("flat transaction", `["GET","k"]`, "ERR failed to parse transaction request"),
			refusedTx("empty transaction", `[]`, "ERR empty transaction request"),
			refusedTx("empty command in a transaction", `[[]]`, "ERR empty transaction command"),
		})
	})
}

func TestEncodings(t *testing.T) {
	overBoth(t, func(t *testing.T, srv *devserver.Running) {
		checkAll(t, srv, []exchange{
			{name: "status OK stays", headers: base64Header, body: `["SET","k","bar"]`, want: `{"result":"OK"}`},
			{name: "bulk", headers: base64Header, body: `["GET","k"]`, want: `{"result":"YmFy"}`},
			{name: "other status", headers: base64Header, body: `["TYPE","k"]`, want: `{"result":"c3RyaW5n"}`},
			{name: "number", headers: base64Header, body: `["STRLEN","k"]`, want: `{"result":3}`},
			{name: "error", headers: base64Header, body: `["INCR","k"]`, status: 400, want: `{"error":"ERR value is not an integer or out of range"}`},
			{name: "nested", headers: base64Header, body: `["EVAL","return {'a',{'b',1}}",0]`, want: `{"result":["YQ==",["Yg==",1]]}`},
			{name: "status OK inside", headers: base64Header, body: `["EVAL","return {redis.status_reply('OK'),'OK'}",0]`, want: `{"result":["T0s=","T0s="]}`},
			{name: "resp2 status", headers: resp2Header, body: `["SET","k","bar"]`, want: "+OK\r\n"},
			{name: "resp2 bulk", headers: resp2Header, body: `["GET","k"]`, want: "$3\r\nbar\r\n"},
			{name: "resp2 nil", headers: resp2Header, body: `["GET","none"]`, want: "$-1\r\n"},
			{name: "resp2 error", headers: resp2Header, body: `["INCR","k"]`, status: 400, want: "-ERR value is not an integer or out of range\r\n"},
			{name: "resp2 array", headers: resp2Header, body: `["MGET","k","none"]`, want: "*2\r\n$3\r\nbar\r\n$-1\r\n"},
			{name: "resp2 with base64", headers: append(resp2Header, base64Header...), body: `["GET","k"]`, status: 400, want: `{"error":"ERR Upstash-Encoding base64 is not allowed with resp2 format"}`},
			{name: "unknown format", headers: []string{"Upstash-Response-Format", "resp3"}, body: `["GET","k"]`, status: 400, want: `{"error":"ERR unknown Upstash-Response-Format"}`},
			{name: "misspelt header", headers: []string{"Upstash-Reponse-Format", "resp2"}, body: `["GET","k"]`, want: `{"result":"bar"}`},
		})
		res, _ := send(t, srv, exchange{body: `["GET","k"]`, headers: resp2Header})
		if ct := res.Header.Get("Content-Type"); ct != "application/octet-stream" {
			t.Errorf("resp2 content type %q", ct)
		}
	})
}
