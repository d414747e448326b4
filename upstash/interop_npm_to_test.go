//go:build !wasm

package upstash_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// npmToJS are written by typed commands and read by @upstash/redis.
func npmToJS(k func(string) string) []npmCase {
	return slices.Concat(npmStringsToJS(k), npmFieldsToJS(k), npmListsToJS(k), npmScoresToJS(k),
		npmStreamsToJS(k), npmBitsToJS(k), npmPlacesToJS(k), npmTTLsToJS(k), npmScriptsToJS(k))
}

func npmStringsToJS(k func(string) string) []npmCase {
	var cases []npmCase
	for i, v := range npmTexts {
		key := k("text" + strconv.Itoa(i))
		cases = append(cases, npmCase{
			"text " + strconv.Quote(v.text[:min(len(v.text), 20)]),
			[]npmStep{typed(upstash.Set(key, v.text), struct{}{})},
			[]npmStep{
				js("get", key).givesBoth(v.parsed, v.rawJSON()),
				js("mget", key, k("missing")).givesBoth("["+v.parsed+",null]", "["+v.rawJSON()+",null]"),
				js("strlen", key).gives(strconv.Itoa(len(v.text))),
				js("pipeline").then("get", key).then("exec").givesBoth("["+v.parsed+"]", "["+v.rawJSON()+"]"),
				js("multi").then("get", key).then("exec").givesBoth("["+v.parsed+"]", "["+v.rawJSON()+"]"),
			},
		})
	}
	return append(cases, npmCase{
		"numbers",
		[]npmStep{
			typed(upstash.MSet(k("int"), 42, k("max"), int64(math.MaxInt64), k("float"), 0.1, k("bool"), true), struct{}{}),
			typed(upstash.Set(k("third"), 1.0/3), struct{}{}), typed(upstash.SetNX(k("int"), 7), false), typed(upstash.Append(k("float"), "25"), int64(5)),
			typed(upstash.IncrBy(k("int"), -50), int64(-8)),
		},
		[]npmStep{
			js("get", k("int")).givesBoth(`-8`, `"-8"`), js("get", k("max")).gives(`"9223372036854775807"`),
			js("get", k("third")).givesBoth(`0.3333333333333333`, `"0.3333333333333333"`),
			js("incrbyfloat", k("float"), 1).givesBoth(`1.125`, `"1.125"`), js("get", k("bool")).givesBoth(`1`, `"1"`),
			js("get", k("none")).gives(`null`), js("getrange", k("max"), 0, 2).givesBoth(`922`, `"922"`), js("exists", k("int"), k("none")).gives(`1`),
		},
	}, npmCase{
		"JSON text",
		[]npmStep{typed(upstash.Set(k("profile"), upstash.JSON(npmSample)), struct{}{})},
		[]npmStep{js("get", k("profile")).givesBoth(npmSampleJSON, npmQuote(npmSampleText()))},
	})
}

// npmSampleJSON is npmSample, written by hand.
const npmSampleJSON = `{"id":9007199254740991,"name":"Ünï <&> \"q\" 漢 👍","rate":0.1,"tags":["","a\nb","null"],
	"extra":{"deep":{"list":[true,null,"x",1.5]}},"none":null,"names":{"ключ":"значение"}}`

// npmSampleText is the text that JSON(npmSample) sends.
func npmSampleText() string { return upstash.Set("", upstash.JSON(npmSample)).Args()[2] }

func npmFieldsToJS(k func(string) string) []npmCase {
	pairs := []any{k("hash")}
	var parsed, lone []string
	for i, v := range npmTexts {
		field := "f" + strconv.Itoa(i)
		pairs = append(pairs, field, v.text)
		parsed = append(parsed, npmQuote(field)+":"+npmFieldJSON(v))
		lone = append(lone, v.parsed)
	}
	var gets []npmStep
	for i, v := range npmTexts {
		gets = append(gets, js("hget", k("hash"), "f"+strconv.Itoa(i)).givesBoth(lone[i], v.rawJSON()))
	}
	return []npmCase{
		{
			"hash",
			[]npmStep{typed(upstash.HSet(k("hash"), pairs[1:]...), int64(len(npmTexts)))},
			append(gets, js("hlen", k("hash")).gives(strconv.Itoa(len(npmTexts))),
				npmDefaultOnly(js("hgetall", k("hash")).gives("{"+strings.Join(parsed, ",")+"}")),
				js("hexists", k("hash"), "none").gives(`0`), js("hget", k("hash"), "none").gives(`null`)),
		},
		{
			"hash of one",
			[]npmStep{typed(upstash.HSet(k("one"), "ünï 👍\n", upstash.JSON(npmSample)), int64(1))},
			[]npmStep{
				js("hgetall", k("one")).givesBoth(`{"ünï 👍\n":`+npmSampleJSON+`}`, `["ünï 👍\n",`+npmQuote(npmSampleText())+`]`),
				js("hmget", k("one"), "ünï 👍\n", "none").givesBoth(`{"ünï 👍\n":`+npmSampleJSON+`,"none":null}`, `[`+npmQuote(npmSampleText())+`,null]`),
				js("hkeys", k("one")).gives(`["ünï 👍\n"]`), js("hstrlen", k("one"), "ünï 👍\n").gives(strconv.Itoa(len(npmSampleText()))),
				js("hscan", k("one"), 0).givesBoth(`["0",["ünï 👍\n",`+npmSampleJSON+`]]`, `["0",["ünï 👍\n",`+npmQuote(npmSampleText())+`]]`),
				js("hgetall", k("none")).givesBoth(`null`, `[]`),
			},
		},
	}
}

// npmFieldJSON is what the SDK's hgetall makes of a value: it keeps numbers as
// text when they are no safe integer, and parses all others.
func npmFieldJSON(v npmText) string {
	switch v.text {
	case "-1.5", "1.5", "9007199254740992":
		return npmQuote(v.text)
	case "1.0", " 1":
		return "1"
	case "1e3":
		return "1000"
	case "-0":
		return "0"
	}
	return v.parsed
}

func npmListsToJS(k func(string) string) []npmCase {
	args, texts, _ := npmAll()
	n := len(texts)
	list, set := js("lrange", k("list"), 0, -1), js("smembers", k("set"))
	is := js("smismember", k("set"), append(slices.Clone(args), "nobody"))
	return []npmCase{
		{
			"list",
			[]npmStep{typed(upstash.RPush(k("list"), args...), int64(n))},
			[]npmStep{
				list.givesBoth(npmParsedList(), npmRawList()), js("llen", k("list")).gives(strconv.Itoa(n)),
				js("lindex", k("list"), 4).givesBoth(`123`, `"123"`), js("lpos", k("list"), "null").gives(`18`),
				js("lpop", k("list")).gives(`""`), js("rpop", k("list"), 1).givesBoth("["+npmTexts[n-1].parsed+"]", "["+npmTexts[n-1].rawJSON()+"]"),
				js("lindex", k("list"), n).gives(`null`),
			},
		},
		{
			"set",
			[]npmStep{typed(upstash.SAdd(k("set"), args...), int64(n))},
			[]npmStep{
				set.unordered(npmParsedList(), npmRawList()), js("scard", k("set")).gives(strconv.Itoa(n)),
				is.gives("[" + strings.Repeat("1,", n) + "0]"), js("sismember", k("set"), "123").gives(`1`),
				js("srem", k("set"), "null", "none").gives(`1`),
			},
		},
		{
			"keys",
			[]npmStep{typed(upstash.Set(k("*?[ü] \n👍"), "x"), struct{}{})},
			[]npmStep{
				js("get", k("*?[ü] \n👍")).gives(`"x"`), js("type", k("*?[ü] \n👍")).gives(`"string"`),
				js("rename", k("*?[ü] \n👍"), k("new")).gives(`"OK"`), js("del", k("new")).gives(`1`),
			},
		},
	}
}

func npmScoresToJS(k func(string) string) []npmCase {
	var members []upstash.Member
	var parsed, raw []string
	var scores []npmStep
	for _, s := range npmScores {
		if s.name == "tenth" || s.name == "third" {
			continue // Redis 7.0 prints 17 digits of them, which the SDK leaves as text
		}
		rank := strconv.Itoa(len(members))
		members = append(members, upstash.Member{Name: s.name, Score: s.score})
		parsed = append(parsed, npmQuote(s.name)+","+s.parsed)
		raw = append(raw, npmQuote(s.name)+","+s.raw)
		scores = append(scores, js("zscore", k("z"), s.name).givesBoth(s.parsed, s.raw), js("zrank", k("z"), s.name).gives(rank))
	}
	type m = map[string]any
	all := func(list []string) string { return "[" + strings.Join(list, ",") + "]" }
	return []npmCase{{
		"sorted set",
		[]npmStep{
			typed(upstash.ZAdd(k("z"), members...), int64(len(members))),
			typed(upstash.ZAdd(k("exact"), upstash.Member{Name: "third", Score: 1.0 / 3}), int64(1)),
			js("zscore", k("exact"), "third").matching(`^"?0\.33333333333333331?"?$`),
		},
		append(scores,
			js("zrange", k("z"), 0, -1, m{"withScores": true}).givesBoth(all(parsed), all(raw)),
			js("zrange", k("z"), "(0", 1.5, m{"byScore": true, "withScores": true}).givesBoth(all(parsed[3:5]), all(raw[3:5])),
			js("zcount", k("z"), "-inf", "+inf").gives(strconv.Itoa(len(members))), js("zscore", k("z"), "nobody").gives(`null`),
			js("zmscore", k("z"), []any{"negative", "nobody", "high"}).givesBoth(`[-2.25,null,"inf"]`, `["-2.25",null,"inf"]`),
			js("zincrby", k("z"), 0.25, "one").givesBoth(`1.25`, `"1.25"`),
			js("zpopmin", k("z"), 2).givesBoth(all(parsed[:2]), all(raw[:2])),
			js("zpopmax", k("z")).givesBoth(all(parsed[7:]), all(raw[7:])),
		),
	}}
}

func npmStreamsToJS(k func(string) string) []npmCase {
	s := k("stream")
	name := npmQuote(s)
	type m = map[string]any
	return []npmCase{{
		"stream",
		[]npmStep{
			typed(upstash.XAddWith(s, upstash.XAddOptions{ID: "1-1"}, "ünï", "null", "n", "9007199254740993"), "1-1"),
			typed(upstash.XAddWith(s, upstash.XAddOptions{ID: "2-0"}, "o", upstash.JSON([]any{1, "👍"}), "t", ""), "2-0"),
		},
		[]npmStep{
			js("xlen", s).gives(`2`),
			js("xrange", s, "-", "+").givesBoth(
				`{"1-1":{"ünï":null,"n":9007199254740992},"2-0":{"o":[1,"👍"],"t":""}}`,
				`[["1-1",["ünï","null","n","9007199254740993"]],["2-0",["o","[1,\"👍\"]","t",""]]]`),
			js("xrevrange", s, "+", "-", 1).givesBoth(`{"2-0":{"o":[1,"👍"],"t":""}}`, `[["2-0",["o","[1,\"👍\"]","t",""]]]`),
			js("xread", s, "1-1").givesBoth(`[[`+name+`,[["2-0",["o",[1,"👍"],"t",""]]]]]`, `[[`+name+`,[["2-0",["o","[1,\"👍\"]","t",""]]]]]`),
			js("xread", s, "2-0").gives(`null`),
		},
	}, {
		"consumer group",
		[]npmStep{
			typed(upstash.XGroupCreate(s, "g", "0"), struct{}{}),
			typedIf(upstash.XReadGroup("g", "go", upstash.XReadGroupOptions{Count: 1}, upstash.StreamOffset{Key: s, ID: ">"}),
				func(b []upstash.StreamBatch) bool {
					return len(b) == 1 && len(b[0].Entries) == 1 && b[0].Entries[0].ID == "1-1"
				}, "1-1"),
		},
		[]npmStep{
			js("xpending", s, "g", "-", "+", 10).matching(`^\[\["1-1","go",\d+,1\]\]$`),
			js("xreadgroup", "g", "js", s, ">").givesBoth(`[[`+name+`,[["2-0",["o",[1,"👍"],"t",""]]]]]`, `[[`+name+`,[["2-0",["o","[1,\"👍\"]","t",""]]]]]`),
			js("xack", s, "g", []any{"1-1", "2-0", "9-9"}).gives(`2`),
			js("xdel", s, "1-1").gives(`1`), js("xtrim", s, m{"strategy": "MAXLEN", "threshold": 0, "exactness": "="}).gives(`1`),
		},
	}}
}

func npmBitsToJS(k func(string) string) []npmCase {
	all := make([]byte, 256)
	numbers := make([]string, 256)
	bits := []any{"BITFIELD", k("bytes")}
	for i := range all {
		all[i], numbers[i] = byte(i), strconv.Itoa(i)
		bits = append(bits, "GET", "u8", "#"+strconv.Itoa(i))
	}
	want := "[" + strings.Join(numbers, ",") + "]"
	decoded := js("get", k("base64"))
	decoded.bytes = true
	return []npmCase{
		{
			"bitmap",
			[]npmStep{typed(upstash.SetBit(k("bits"), 7, true), false), typed(upstash.SetBit(k("bits"), 100, true), false)},
			[]npmStep{
				js("getbit", k("bits"), 100).gives(`1`), js("getbit", k("bits"), 99).gives(`0`),
				js("bitcount", k("bits"), 0, -1).gives(`2`), js("bitpos", k("bits"), 1, 1).gives(`100`), js("strlen", k("bits")).gives(`13`),
			},
		},
		{
			// The SDK decodes replies as UTF-8, so the bytes are read as bits.
			"bytes as they are",
			[]npmStep{typed(upstash.Set(k("bytes"), all), struct{}{})},
			[]npmStep{js("exec", bits).gives(want), js("strlen", k("bytes")).gives(`256`)},
		},
		{
			"bytes as base64 text",
			[]npmStep{typed(upstash.Set(k("base64"), base64.StdEncoding.EncodeToString(all)), struct{}{})},
			[]npmStep{decoded.gives(want)},
		},
	}
}

func npmPlacesToJS(k func(string) string) []npmCase {
	return []npmCase{
		{
			"geo",
			[]npmStep{typed(upstash.GeoAdd(k("g"),
				upstash.GeoLocation{Name: "Palermo", GeoPoint: upstash.GeoPoint{Longitude: 13.361389, Latitude: 38.115556}},
				upstash.GeoLocation{Name: "Catània", GeoPoint: upstash.GeoPoint{Longitude: 15.087269, Latitude: 37.502669}}), int64(2))},
			[]npmStep{
				js("geohash", k("g"), "Palermo", "Catània").gives(`["sqc8b49rny0","sqdtr74hyu0"]`),
				js("geodist", k("g"), "Palermo", "Catània").givesBoth(`166274.1516`, `"166274.1516"`),
				js("geopos", k("g"), "Palermo").givesBoth(`[{"lng":13.361389338970184,"lat":38.1155563954963}]`, `[["13.36138933897018433","38.11555639549629859"]]`),
			},
		},
		{
			"HyperLogLog",
			[]npmStep{typed(upstash.PFAdd(k("h1"), "a", "ü", 3), true), typed(upstash.PFAdd(k("h2"), "3", "👍"), true)},
			[]npmStep{
				js("pfcount", k("h1")).gives(`3`), npmRealOnly(js("pfcount", k("h1"), k("h2")).gives(`4`)),
				npmRealOnly(js("pfadd", k("h1"), 3).gives(`0`)), js("pfmerge", k("h3"), k("h1"), k("h2")).gives(`"OK"`), js("pfcount", k("h3")).gives(`4`),
			},
		},
	}
}

func npmTTLsToJS(k func(string) string) []npmCase {
	at := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
	return []npmCase{{
		"TTL",
		[]npmStep{
			typed(upstash.SetEx(k("ex"), "v", 10*time.Minute), struct{}{}), typed(upstash.Set(k("forever"), "v"), struct{}{}),
			typed(upstash.SetWith(k("at"), "v", upstash.SetOptions{ExpireAt: at, NX: true}), true),
			typed(upstash.SetWith(k("at"), "w", upstash.SetOptions{XX: true, KeepTTL: true}), true),
			typed(upstash.PExpire(k("none"), time.Minute), false),
		},
		[]npmStep{
			js("ttl", k("ex")).between(480, 600), js("pttl", k("ex")).between(480_000, 600_000),
			js("ttl", k("forever")).gives(`-1`), js("ttl", k("none")).gives(`-2`), js("get", k("at")).gives(`"w"`),
			js("exec", []any{"PEXPIRETIME", k("at")}).gives(fmt.Sprint(at.UnixMilli())),
			js("persist", k("at")).gives(`1`), js("ttl", k("at")).gives(`-1`),
		},
	}}
}

// npmReturnArgs is the SHA-1 of "return ARGV".
const npmReturnArgs = "4cf2342858f27cba86b2b790280b0ba54885a7d0"

func npmScriptsToJS(k func(string) string) []npmCase {
	script := upstash.NewScript(`redis.call("SET", KEYS[1], ARGV[1]) return {redis.call("STRLEN", KEYS[1]), ARGV[2]}`, npmPlain)
	text := npmTexts[len(npmTexts)-2].text
	return []npmCase{{
		"scripts",
		[]npmStep{
			typed(script.Cmd([]string{k("eval")}, "👍null", text), any([]any{int64(8), text})),
			typedIf(upstash.ScriptLoad("return ARGV"), func(sha string) bool { return len(sha) == 40 }, "a SHA-1"),
		},
		[]npmStep{
			js("get", k("eval")).gives(`"👍null"`),
			js("evalsha", npmReturnArgs, []any{}, []any{"1", "null", "x", "9223372036854775807"}).givesBoth(
				`[1,null,"x","9223372036854775807"]`, `["1","null","x","9223372036854775807"]`),
			js("scriptExists", npmReturnArgs).gives(`[1]`),
		},
	}}
}
