package upstash_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// secret must not be seen in any error.
const secret = "s3cr3t"

// TestBadArguments checks that mistakes and contradictions are errors before any
// I/O, which name the command and never a value.
func TestBadArguments(t *testing.T) {
	t.Parallel()
	type so = upstash.SetOptions
	past1970 := time.Unix(-5, 0)
	center := &upstash.GeoPoint{}
	tests := []struct {
		name string
		cmd  upstash.Command
		want string // part of the text
	}{
		{"no keys", upstash.Del().Command, "DEL: needs at least one key"},
		{"no key counted", upstash.ZDiff().Command, "ZDIFF: needs at least one key"},
		{"no members", upstash.SAdd("k").Command, "SADD: needs at least one member"},
		{"no scored members", upstash.ZAdd("k").Command, "ZADD: needs at least one member"},
		{"no pairs", upstash.MSet().Command, "MSET: needs at least one pair"},
		{"odd pairs", upstash.HSet("k", secret, 1, secret).Command, "HSET: needs names and values in pairs"},
		{"odd pairs of HSETEX", upstash.HSetEX("k", upstash.HSetEXOptions{}, secret).Command, "in pairs"},
		{"nil value", upstash.Set("k", nil).Command, "SET: argument 2 is nil"},
		{"nil bytes", upstash.LPush("k", "a", []byte(nil)).Command, "LPUSH: argument 3 is nil"},
		{"struct value", upstash.Set("k", struct{ S string }{secret}).Command, "SET: argument 2 has a type"},
		{"duration value", upstash.Set("k", time.Second).Command, "SET: argument 2 is a time.Duration"},
		{"NaN", upstash.ZAdd("k", upstash.Member{Name: secret, Score: math.NaN()}).Command, "ZADD: argument 2 is not a number"},
		{"two conditions", upstash.SetWith("k", secret, so{NX: true, XX: true}).Command, "SET: can have only one of NX, XX, IfEqual"},
		{"condition and digest", upstash.SetWith("k", secret, so{IfEqual: secret, IfDigest: secret}).Command, "SET: can have only one of NX"},
		{"two TTLs", upstash.SetWith("k", secret, so{TTL: time.Second, KeepTTL: true}).Command, "SET: can have only one of TTL, ExpireAt and KeepTTL"},
		{"TTL and time", upstash.SetGet("k", secret, so{TTL: time.Second, ExpireAt: at}).Command, "SET: can have only one of TTL"},
		{"negative TTL", upstash.SetWith("k", secret, so{TTL: -1}).Command, "SET: argument 4 is a TTL of less than a millisecond"},
		{"bad compared value", upstash.SetWith("k", secret, so{IfEqual: []int{1}}).Command, "SET: argument 4 has a type"},
		{"sub-millisecond TTL", upstash.Expire("k", 999*time.Microsecond).Command, "PEXPIRE: argument 2 is a TTL"},
		{"zero TTL", upstash.Expire("k", 0).Command, "EXPIRE: argument 2 is a TTL"},
		{"negative SETEX", upstash.SetEx("k", secret, -time.Second).Command, "SETEX: argument 2 is a TTL"},
		{"zero PSETEX", upstash.PSetEx("k", secret, 0).Command, "PSETEX: argument 2 is a TTL"},
		{"zero time", upstash.ExpireAt("k", time.Time{}).Command, "EXPIREAT: argument 2 is a time that is not after 1970"},
		{"time before 1970", upstash.HExpireAt("k", past1970, "f").Command, "HEXPIREAT: argument 2 is a time"},
		{"HEXPIRE without fields", upstash.HExpire("k", time.Second).Command, "HEXPIRE: needs at least one field"},
		{"GETEX twice", upstash.GetEx("k", upstash.GetExOptions{TTL: 1, Persist: true}).Command, "GETEX: can have only one of TTL, ExpireAt and Persist"},
		{"DELEX twice", upstash.DelEx("k", upstash.DelExOptions{IfEqual: secret, IfNotEqual: secret}).Command, "DELEX: can have only one of"},
		{"HSETEX twice", upstash.HSetEX("k", upstash.HSetEXOptions{FNX: true, FXX: true}, "a", 1).Command, "HSETEX: can have only one of FNX and FXX"},
		{"RESTORE twice", upstash.Restore("k", nil, upstash.RestoreOptions{TTL: time.Second, ExpireAt: at}).Command, "RESTORE: can have only one of"},
		{"WAIT for ever", upstash.Wait(1, 0).Command, "WAIT: argument 2"},
		{"ZADD NX GT", upstash.ZAddWith("k", upstash.ZAddOptions{NX: true, GT: true}, upstash.Member{}).Command, "ZADD: can have only one of NX, GT and LT"},
		{"ZADD NX XX", upstash.ZAddIncr("k", upstash.ZAddOptions{NX: true, XX: true}, upstash.Member{}).Command, "ZADD: can have only one of NX and XX"},
		{"weights", upstash.ZUnion(upstash.ZCombine{Weights: []float64{1}}, "a", "b").Command, "ZUNION: needs as many Weights as keys"},
		{"limit by rank", upstash.ZRangeArgs("k", upstash.ZRangeSpec{Count: 1}).Command, "ZRANGE: can have Offset and Count only"},
		{"offset alone", upstash.ZRangeByScore("k", upstash.ZRangeBy{Offset: 1}).Command, "ZRANGEBYSCORE: has an Offset without a Count"},
		{"GEOADD NX XX", upstash.GeoAddWith("k", upstash.GeoAddOptions{NX: true, XX: true}, upstash.GeoLocation{}).Command, "GEOADD: can have only one of"},
		{"no centre", upstash.GeoSearch("k", upstash.GeoQuery{Radius: 1}).Command, "GEOSEARCH: needs either Member or Point"},
		{"two centres", upstash.GeoSearch("k", upstash.GeoQuery{Member: secret, Point: center, Radius: 1}).Command, "GEOSEARCH: needs either Member or Point"},
		{"no shape", upstash.GeoSearch("k", upstash.GeoQuery{Member: secret}).Command, "GEOSEARCH: needs either Radius"},
		{"two shapes", upstash.GeoSearch("k", upstash.GeoQuery{Point: center, Radius: 1, Width: 1}).Command, "GEOSEARCH: needs either Radius"},
		{"any without count", upstash.GeoSearch("k", upstash.GeoQuery{Point: center, Radius: 1, Any: true}).Command, "GEOSEARCH: has Any without Count"},
		{"no trim", upstash.XTrim("k", upstash.StreamTrim{}).Command, "XTRIM: needs TrimMaxLen or TrimMinID"},
		{"no streams", upstash.XRead(1).Command, "XREAD: needs at least one stream"},
		{"idle and time", upstash.XClaim("k", "g", "c", 0, upstash.XClaimOptions{Idle: 1, Time: at}, "1").Command, "XCLAIM: can have only one of"},
		{"NOT of two", upstash.BitOp(upstash.BitNot, "d", "a", "b").Command, "BITOP: needs exactly one source"},
		{"DIFF of one", upstash.BitOp(upstash.BitDiff, "d", "a").Command, "BITOP: needs at least two sources"},
		{"no operations", upstash.BitField("k").Command, "BITFIELD: needs at least one operation"},
		{"zero operation", upstash.BitField("k", upstash.BitFieldOp{}).Command, "BITFIELD: has an empty operation"},
		{"write in RO", upstash.BitFieldRO("k", upstash.BitFieldSet("u8", 0, 1)).Command, "BITFIELD_RO: takes only reads"},
		{"type of HSCAN", upstash.HScan("k", "0", upstash.ScanOptions{Type: secret}).Command, "HSCAN: cannot have the option Type"},
		{"JSON of a channel", upstash.JSONSet("k", "", make(chan int)).Command, "JSON.SET: argument 3 cannot be encoded as JSON"},
		{"JSON NX XX", upstash.JSONSetWith("k", "", 1, upstash.JSONSetOptions{NX: true, XX: true}).Command, "JSON.SET: can have only one of"},
		{"no documents", upstash.JSONMSet().Command, "JSON.MSET: needs at least one document"},
		{"no JSON values", upstash.JSONArrAppend("k", "").Command, "JSON.ARRAPPEND: needs at least one value"},
		{"index without prefix", upstash.SearchCreate("i", upstash.SearchOptions{Schema: []upstash.SearchField{{}}}).Command, "SEARCH.CREATE: needs at least one prefix"},
		{"index without fields", upstash.SearchCreate("i", upstash.SearchOptions{Prefixes: []string{secret}}).Command, "SEARCH.CREATE: needs at least one field"},
		{"stream with prefix", upstash.SearchCreate("i", upstash.SearchOptions{On: upstash.SearchStream, Prefixes: []string{secret}}).Command, "SEARCH.CREATE: on a stream needs Stream"},
		{"stream on hash", upstash.SearchCreate("i", upstash.SearchOptions{Stream: secret, Prefixes: []string{"p"}}).Command, "SEARCH.CREATE: can have Stream only"},
		{"no content and select", upstash.SearchQuery("i", secret, upstash.SearchQueryOptions{NoContent: true, Select: []string{"a"}}).Command, "SEARCH.QUERY: can have NoContent only"},
		{"tags alone", upstash.SearchQuery("i", secret, upstash.SearchQueryOptions{Tags: [2]string{"a", "b"}}).Command, "SEARCH.QUERY: can have Tags only"},
		{"score and order", upstash.SearchQuery("i", secret, upstash.SearchQueryOptions{OrderBy: "a", Score: upstash.SearchScore{Fields: []upstash.SearchScoreField{{}}}}).Command, "SEARCH.QUERY: can have only one of OrderBy and Score"},
		{"score without fields", upstash.SearchQuery("i", secret, upstash.SearchQueryOptions{Score: upstash.SearchScore{Mode: "SUM"}}).Command, "SEARCH.QUERY: has a Score without Fields"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.cmd.Err()
			if _, ok := errors.AsType[*upstash.ArgumentError](err); !ok || !errors.Is(err, upstash.ErrNotSent) {
				t.Fatalf("error %v, want an ArgumentError", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("error %q shows a value", err)
			}
		})
	}
}

// TestWrongShapes checks that replies of another shape are DecodeErrors that name
// the command, and never panics.
func TestWrongShapes(t *testing.T) {
	t.Parallel()
	shapes := []any{
		nil, 1, "x", list(), list(nil), list("a"), list("a", "b", "c"), list(list()), list(list("a")), list(list("a"), "b"),
		list("a", list()), list("a", list("b")), list(1, "x", list("y"), list()), list(1, 2, 3, 4), list("a", nil),
		list(list("name", list(), "schema", 1)), list("engines", 1), list("engines", list("LUA", 1)), errors.New("ERR no"),
	}
	for _, c := range allCases() {
		for _, shape := range shapes {
			v, err := c.decode(upstash.ReplyOf(shape))
			if err == nil {
				continue
			}
			if e, ok := errors.AsType[*upstash.DecodeError](err); ok {
				if e.Command != c.args[0] {
					t.Errorf("%s: %v names another command", c.fn, e)
				}
				continue
			}
			_, server := errors.AsType[*upstash.ServerError](err)
			if !server && !errors.Is(err, upstash.ErrNil) {
				t.Errorf("%s of %v: %v, %v", c.fn, shape, v, err)
			}
		}
	}
}
