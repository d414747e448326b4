//go:build !wasm

package upstash_test

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

func npmScoresFromJS(k func(string) string) []npmCase {
	write := []any{k("zset")}
	var members, reversed []upstash.Member
	var names []string
	for _, s := range npmScores {
		score := any(json.RawMessage(s.text))
		if math.IsInf(s.score, 0) {
			score = s.text // JSON has no infinity; the SDK passes text on
		}
		write = append(write, map[string]any{"score": score, "member": s.name})
		members = append(members, upstash.Member{Name: s.name, Score: s.score})
		names = append(names, s.name)
	}
	reversed = slices.Clone(members)
	slices.Reverse(reversed)
	z := k("zset")
	read := []npmStep{
		typed(upstash.ZRangeWithScores(z, 0, -1), members), typed(upstash.ZRange(z, 0, -1), names),
		typed(upstash.ZRevRangeWithScores(z, 0, -1), reversed), typed(upstash.ZCard(z), int64(len(members))),
		typed(upstash.ZRangeByScoreWithScores(z, upstash.ZRangeBy{Min: "(1", Max: "+inf"}), members[6:]),
		typed(upstash.ZRangeArgsWithScores(z, upstash.ZRangeSpec{Start: "-inf", Stop: "(0", By: upstash.ByScore}), members[:2]),
		typed(upstash.ZCount(z, "-inf", "0.1"), int64(4)),
		typed(upstash.ZMScore(z, "high", "nobody", "low"), []*float64{&posInf, nil, &negInf}),
		typedNil(upstash.ZScore(z, "nobody")), typedNil(upstash.ZRank(z, "nobody")),
		typedIf(upstash.ZScan(z, upstash.ScanStart, upstash.ScanOptions{Count: 100}), func(p upstash.ZScanPage) bool {
			slices.SortFunc(p.Members, func(a, b upstash.Member) int { return slices.Index(names, a.Name) - slices.Index(names, b.Name) })
			return p.Cursor == "0" && reflect.DeepEqual(p.Members, members)
		}, "all members"),
	}
	for i, s := range npmScores {
		read = append(read, typed(upstash.ZScore(z, s.name), s.score), typed(upstash.ZRank(z, s.name), int64(i)))
	}
	read = append(read, typed(upstash.ZIncrBy(z, 0.2, "tenth"), 0.30000000000000004),
		typed(upstash.ZPopMin(z, 2), members[:2]), typed(upstash.ZPopMax(z, 1), members[9:]))
	return []npmCase{
		{"sorted set", []npmStep{js("zadd", write...).gives(strconv.Itoa(len(members)))}, read},
		{
			"sorted set counted",
			[]npmStep{
				js("zadd", k("z2"), map[string]any{"score": 1, "member": "a"}).gives(`1`),
				js("zincrby", k("z2"), 0.25, "a").givesBoth(`1.25`, `"1.25"`),
			},
			[]npmStep{typed(upstash.ZScore(k("z2"), "a"), 1.25), typed(upstash.ZUnionWithScores(upstash.ZCombine{Weights: []float64{2}}, k("z2")),
				[]upstash.Member{{Name: "a", Score: 2.5}})},
		},
	}
}

func npmStreamsFromJS(k func(string) string) []npmCase {
	s := k("stream")
	entries := []upstash.StreamEntry{
		{ID: "1-1", Fields: []upstash.FieldValue{{Field: "ünï", Value: "null"}}},
		{ID: "1-2", Fields: []upstash.FieldValue{{Field: "n", Value: "9007199254740993"}}},
		{ID: "2-0", Fields: []upstash.FieldValue{{Field: "o", Value: `{"a":[1,"👍"]}`}}},
	}
	type m = map[string]any
	return []npmCase{{
		"stream",
		[]npmStep{
			js("xadd", s, "1-1", m{"ünï": nil}).gives(`"1-1"`),
			js("xadd", s, "1-2", m{"n": "9007199254740993"}).gives(`"1-2"`),
			js("xadd", s, "2-0", m{"o": m{"a": []any{1, "👍"}}}).gives(`"2-0"`),
		},
		[]npmStep{
			typed(upstash.XLen(s), int64(3)), typed(upstash.XRange(s, "-", "+"), entries),
			typed(upstash.XRangeN(s, "(1-1", "+", 1), entries[1:2]),
			typed(upstash.XRead(0, upstash.StreamOffset{Key: s, ID: "1-1"}), []upstash.StreamBatch{{Key: s, Entries: entries[1:]}}),
			typed(upstash.XRead(0, upstash.StreamOffset{Key: s, ID: "2-0"}), []upstash.StreamBatch(nil)),
			typedIf(upstash.XInfoStream(s), func(i upstash.StreamInfo) bool {
				return i.Length == 3 && i.LastGeneratedID == "2-0" && reflect.DeepEqual(i.LastEntry, &entries[2])
			}, "3 entries, the last 2-0"),
		},
	}, {
		"consumer group",
		[]npmStep{
			js("xgroup", s, m{"type": "CREATE", "group": "g", "id": "0"}).gives(`"OK"`),
			js("xreadgroup", "g", "js", s, ">", m{"count": 2}).givesBoth(
				`[[`+npmQuote(s)+`,[["1-1",["ünï",null]],["1-2",["n","9007199254740993"]]]]]`,
				`[[`+npmQuote(s)+`,[["1-1",["ünï","null"]],["1-2",["n","9007199254740993"]]]]]`),
		},
		[]npmStep{
			typed(upstash.XPending(s, "g"), upstash.PendingSummary{Count: 2, Lowest: "1-1", Highest: "1-2", Consumers: []upstash.PendingConsumer{{Name: "js", Count: 2}}}),
			typed(upstash.XReadGroup("g", "go", upstash.XReadGroupOptions{}, upstash.StreamOffset{Key: s, ID: ">"}),
				[]upstash.StreamBatch{{Key: s, Entries: entries[2:]}}),
			typed(upstash.XAutoClaim(s, "g", "go", 0, "0", 1), upstash.AutoClaimed{Next: "1-2", Entries: entries[:1], Deleted: []string{}}),
			typed(upstash.XAck(s, "g", "1-1", "1-2", "2-0"), int64(3)),
		},
	}}
}

func npmBitsFromJS(k func(string) string) []npmCase {
	all := make([]byte, 256)
	bits := []any{"BITFIELD", k("bytes")}
	numbers := make([]int, 256)
	for i := range all {
		all[i], numbers[i] = byte(i), i
		bits = append(bits, "SET", "u8", "#"+strconv.Itoa(i), i)
	}
	text := k("base64")
	return []npmCase{
		{
			"bitmap",
			[]npmStep{js("setbit", k("bits"), 7, 1).gives(`0`), js("setbit", k("bits"), 100, 1).gives(`0`)},
			[]npmStep{
				typed(upstash.GetBit(k("bits"), 100), true), typed(upstash.GetBit(k("bits"), 99), false),
				typed(upstash.BitCount(k("bits")), int64(2)), typed(upstash.BitPosFrom(k("bits"), true, 1), int64(100)),
				typed(upstash.BitField(k("bits"), upstash.BitFieldGet("u8", 0)), []*int64{ptr(int64(1))}),
			},
		},
		{
			"bytes set as bits",
			[]npmStep{js("exec", bits).gives("[" + string(slices.Concat([]byte("0"), slices.Repeat([]byte(",0"), 255))) + "]")},
			[]npmStep{typed(upstash.Get(k("bytes")), string(all)), typed(upstash.GetRange(k("bytes"), 254, 255), "\xfe\xff")},
		},
		{
			"bytes as base64 text",
			[]npmStep{js("set", text, map[string]any{"$bytes": numbers}).gives(`"OK"`)},
			[]npmStep{typed(upstash.As(upstash.Get(text).Command, npmBase64), all)},
		},
	}
}

func npmPlacesFromJS(k func(string) string) []npmCase {
	type m = map[string]any
	g := k("geo")
	// The places, hashes and the distance of Redis' own documentation.
	sicily := []any{
		m{"longitude": 13.361389, "latitude": 38.115556, "member": "Palermo"},
		m{"longitude": 15.087269, "latitude": 37.502669, "member": "Catània"},
	}
	return []npmCase{
		{
			"geo",
			[]npmStep{js("geoadd", append([]any{g}, sicily...)...).gives(`2`)},
			[]npmStep{
				typed(upstash.GeoHash(g, "Palermo", "nowhere", "Catània"), []*string{ptr("sqc8b49rny0"), nil, ptr("sqdtr74hyu0")}),
				typed(upstash.GeoDist(g, "Palermo", "Catània", upstash.Meters), 166274.1516),
				typed(upstash.GeoPos(g, "Palermo", "nowhere"), []*upstash.GeoPoint{{Longitude: 13.36138933897018433, Latitude: 38.11555639549629859}, nil}),
				typed(upstash.GeoSearch(g, upstash.GeoQuery{Member: "Palermo", Radius: 200, Unit: "km", Sort: upstash.Nearest}), []string{"Palermo", "Catània"}),
			},
		},
		{
			"HyperLogLog",
			[]npmStep{
				js("pfadd", k("h1"), "a", "ü", 3).gives(`1`), js("pfadd", k("h2"), "3", "👍").gives(`1`),
				js("pfadd", k("h1"), "a").gives(`0`),
			},
			[]npmStep{
				typed(upstash.PFCount(k("h1")), int64(3)), npmRealOnly(typed(upstash.PFCount(k("h1"), k("h2")), int64(4))),
				npmRealOnly(typed(upstash.PFAdd(k("h1"), "3"), false)), typed(upstash.PFMerge(k("h3"), k("h1"), k("h2")), struct{}{}), typed(upstash.PFCount(k("h3")), int64(4)),
			},
		},
	}
}

func npmTTLsFromJS(k func(string) string) []npmCase {
	at := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
	type m = map[string]any
	near := func(d time.Duration) func(time.Duration) bool {
		return func(got time.Duration) bool { return got <= d && got > d-2*time.Minute }
	}
	return []npmCase{{
		"TTL",
		[]npmStep{
			js("set", k("ex"), 1, m{"ex": 600}).gives(`"OK"`), js("set", k("pxat"), 1, m{"pxat": at.UnixMilli()}).gives(`"OK"`),
			js("set", k("forever"), 1).gives(`"OK"`), js("hset", k("hash"), m{"a": 1}).gives(`1`), js("pexpire", k("hash"), 600_000).gives(`1`),
			js("set", k("ex"), 2, m{"keepTtl": true, "xx": true}).gives(`"OK"`), js("set", k("ex"), 3, m{"nx": true}).gives(`null`),
		},
		[]npmStep{
			typedIf(upstash.TTL(k("ex")), near(10*time.Minute), "10 minutes"), typed(upstash.Get(k("ex")), "2"),
			typed(upstash.PExpireTime(k("pxat")), at), typed(upstash.TTL(k("forever")), upstash.NoTTL),
			typedIf(upstash.PTTL(k("hash")), near(10*time.Minute), "10 minutes"), typed(upstash.TTL(k("none")), upstash.Missing),
		},
	}}
}

// npmScript returns one of each kind of reply. Lua cuts fractions off, false is
// nil, and nil ends a list.
const npmScript = `redis.call("SET", KEYS[1], ARGV[1])
return {1, ARGV[1], 3.9, true, false, {"ü", {-9007199254740991, "null"}}, redis.status_reply("FINE"), redis.call("GET", KEYS[1]), nil, 5}`

func npmScriptsFromJS(k func(string) string) []npmCase {
	want := `[1,"9007199254740993",3,1,null,["ü",[-9007199254740991,null]],"FINE","9007199254740993"]`
	raw := `[1,"9007199254740993",3,1,null,["ü",[-9007199254740991,"null"]],"FINE","9007199254740993"]`
	typedWant := []any{
		int64(1), "9007199254740993", int64(3), int64(1), nil,
		[]any{"ü", []any{int64(-9007199254740991), "null"}},
		"FINE", "9007199254740993",
	}
	digest := sha1.Sum([]byte(npmScript))
	sha := hex.EncodeToString(digest[:])
	eval := upstash.Eval(npmScript, []string{k("eval")}, "9007199254740993")
	return []npmCase{{
		"scripts",
		[]npmStep{
			js("eval", npmScript, []any{k("eval")}, []any{"9007199254740993"}).givesBoth(want, raw),
			js("scriptLoad", npmScript).gives(npmQuote(sha)),
		},
		[]npmStep{
			typed(upstash.Get(k("eval")), "9007199254740993"),
			typed(upstash.As(eval.Command, npmPlain), any(typedWant)),
			typed(upstash.As(upstash.EvalSha(sha, []string{k("eval")}, "9007199254740993").Command, npmPlain), any(typedWant)),
		},
	}}
}

// npmPlain unpacks a reply with everything inside it.
func npmPlain(r upstash.Reply) (any, error) {
	switch r.Kind() {
	case upstash.KindNil:
		return nil, nil
	case upstash.KindInt:
		return r.Int64()
	case upstash.KindArray:
		list := make([]any, r.Len())
		for i := range list {
			v, err := npmPlain(r.Index(i))
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	}
	return r.Text()
}

func npmBase64(r upstash.Reply) ([]byte, error) {
	text, err := r.Text()
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}
