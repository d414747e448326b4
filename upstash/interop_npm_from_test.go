//go:build !wasm

package upstash_test

import (
	"math"
	"slices"
	"strconv"

	"github.com/yesgoddess/edgeredis/upstash"
)

var posInf, negInf = math.Inf(1), math.Inf(-1)

func ptr[T any](v T) *T { return &v }

// npmFromJS are written by @upstash/redis and read by typed commands.
func npmFromJS(k func(string) string) []npmCase {
	return slices.Concat(npmStringsFromJS(k), npmFieldsFromJS(k), npmListsFromJS(k), npmScoresFromJS(k),
		npmStreamsFromJS(k), npmBitsFromJS(k), npmPlacesFromJS(k), npmTTLsFromJS(k), npmScriptsFromJS(k))
}

func npmStringsFromJS(k func(string) string) []npmCase {
	var cases []npmCase
	for i, v := range npmTexts {
		key := k("text" + strconv.Itoa(i))
		cases = append(cases, npmCase{
			"text " + strconv.Quote(v.text[:min(len(v.text), 20)]),
			[]npmStep{js("set", key, v.text).gives(`"OK"`)},
			[]npmStep{
				typed(upstash.Get(key), v.text),
				typed(upstash.StrLen(key), int64(len(v.text))),
				typed(upstash.GetRange(key, 0, -1), v.text),
				typed(upstash.MGet(key, k("missing")), []*string{&v.text, nil}),
				typed(upstash.Type(key), "string"),
			},
		})
	}
	type m = map[string]any
	return append(cases, npmCase{
		"numbers and booleans",
		[]npmStep{
			js("mset", m{k("int"): 42, k("float"): 1.5, k("true"): true, k("null"): nil}).gives(`"OK"`),
			js("set", k("big"), "9223372036854775800").gives(`"OK"`),
			js("setnx", k("int"), 1).gives(`0`),
			js("append", k("float"), "25").gives(`5`),
			js("incrby", k("int"), 8).gives(`50`),
		},
		[]npmStep{
			typed(upstash.Get(k("int")), "50"), typed(upstash.Incr(k("int")), int64(51)),
			typed(upstash.Get(k("float")), "1.525"), typed(upstash.IncrByFloat(k("float"), 0.1), 1.625),
			typed(upstash.IncrBy(k("big"), 7), int64(math.MaxInt64)),
			typed(upstash.Get(k("true")), "true"), typed(upstash.Get(k("null")), "null"),
			typed(upstash.Exists(k("int"), k("null"), k("none")), int64(2)), typedNil(upstash.Get(k("none"))),
		},
	}, npmCase{
		"JSON text",
		[]npmStep{js("set", k("profile"), npmSample).gives(`"OK"`), js("set", k("array"), []any{1, "2", nil}).gives(`"OK"`)},
		[]npmStep{
			typed(npmAs[npmProfile](upstash.Get(k("profile"))), npmSample),
			typed(upstash.Get(k("array")), `[1,"2",null]`),
		},
	})
}

// npmAs reads the JSON text that c returns.
func npmAs[T any](c upstash.Cmd[string]) upstash.Cmd[T] {
	return upstash.As(c.Command, upstash.DecodeJSON[T])
}

func npmFieldsFromJS(k func(string) string) []npmCase {
	_, texts, fields := npmAll()
	names := make([]string, 0, len(fields))
	for f := range fields {
		names = append(names, f)
	}
	slices.Sort(names)
	all := []npmStep{
		typed(upstash.HGetAll(k("hash")), fields),
		typed(upstash.HLen(k("hash")), int64(len(fields))),
		typedIf(upstash.HKeys(k("hash")), sameItems(names), npmShow(names)),
		typedIf(upstash.HVals(k("hash")), sameItems(texts), "all texts"),
		typed(upstash.HMGet(k("hash"), "f4", "none", "f18"), []*string{&npmTexts[4].text, nil, &npmTexts[18].text}),
		typed(upstash.HExists(k("hash"), "f0"), true),
		typedNil(upstash.HGet(k("hash"), "none")),
	}
	for f, v := range fields {
		all = append(all, typed(upstash.HGet(k("hash"), f), v), typed(upstash.HStrLen(k("hash"), f), int64(len(v))))
	}
	type m = map[string]any
	one := []upstash.FieldValue{{Field: "ünï 👍\n", Value: "null"}}
	return []npmCase{
		{"hash", []npmStep{js("hset", k("hash"), fields).gives(strconv.Itoa(len(fields)))}, all},
		{
			"hash of values",
			[]npmStep{
				js("hset", k("mixed"), m{"n": 41, "b": false, "o": npmSample, "big": "9223372036854775806"}).gives(`4`),
				js("hincrby", k("mixed"), "n", 1).gives(`42`),
			},
			[]npmStep{
				typed(upstash.HGet(k("mixed"), "n"), "42"), typed(upstash.HGet(k("mixed"), "b"), "false"),
				typed(npmAs[npmProfile](upstash.HGet(k("mixed"), "o")), npmSample),
				typed(upstash.HIncrBy(k("mixed"), "big", 1), int64(math.MaxInt64)),
				typed(upstash.HIncrByFloat(k("mixed"), "n", 0.5), 42.5),
			},
		},
		{
			"hash of one",
			[]npmStep{js("hset", k("one"), m{"ünï 👍\n": nil}).gives(`1`)},
			[]npmStep{
				typed(upstash.HScan(k("one"), upstash.ScanStart, upstash.ScanOptions{}), upstash.HScanPage{Cursor: "0", Fields: one}),
				typed(upstash.HRandFieldWithValues(k("one"), 1), one),
				typed(upstash.HDel(k("one"), "ünï 👍\n"), int64(1)), typed(upstash.HGetAll(k("one")), map[string]string{}),
			},
		},
	}
}

// sameItems compares without order.
func sameItems(want []string) func([]string) bool {
	want = slices.Sorted(slices.Values(want))
	return func(got []string) bool { return slices.Equal(slices.Sorted(slices.Values(got)), want) }
}

func npmListsFromJS(k func(string) string) []npmCase {
	args, texts, _ := npmAll()
	n := int64(len(texts))
	members := make([]bool, n+1)
	for i := range texts {
		members[i] = true
	}
	return []npmCase{
		{
			"list",
			[]npmStep{js("rpush", append([]any{k("list")}, args...)...).gives(strconv.Itoa(len(args)))},
			[]npmStep{
				typed(upstash.LRange(k("list"), 0, -1), texts), typed(upstash.LLen(k("list")), n),
				typed(upstash.LIndex(k("list"), 4), "123"), typed(upstash.LPos(k("list"), "null", upstash.LPosOptions{}), int64(18)),
				typedNil(upstash.LIndex(k("list"), n)),
				typed(upstash.LPopCount(k("list"), 3), texts[:3]), typed(upstash.RPop(k("list")), texts[n-1]),
				typed(upstash.LMPop(upstash.Left, 2, k("list")), upstash.KeyValues{Key: k("list"), Values: texts[3:5]}),
			},
		},
		{
			"list of values",
			[]npmStep{js("lpush", k("list2"), npmSample, 1.5, true, nil).gives(`4`)},
			[]npmStep{
				typed(upstash.LRange(k("list2"), 0, 2), []string{"null", "true", "1.5"}),
				typed(npmAs[npmProfile](upstash.LIndex(k("list2"), -1)), npmSample),
			},
		},
		{
			"set",
			[]npmStep{js("sadd", append([]any{k("set")}, args...)...).gives(strconv.Itoa(len(args)))},
			[]npmStep{
				typedIf(upstash.SMembers(k("set")), sameItems(texts), "all texts"), typed(upstash.SCard(k("set")), n),
				typed(upstash.SMIsMember(k("set"), append(slices.Clone(args), "nobody")...), members),
				typed(upstash.SIsMember(k("set"), "123"), true), typed(upstash.SIsMember(k("set"), "1e03"), false),
				typedIf(upstash.SInter(k("set"), k("set")), sameItems(texts), "all texts"),
				typedIf(upstash.SPopN(k("set"), n+5), sameItems(texts), "all texts"), typed(upstash.SMembers(k("set")), []string{}),
			},
		},
		{
			"set of values",
			[]npmStep{js("sadd", k("values"), 7, 7.5, true, map[string]any{"a": 1}).gives(`4`)},
			[]npmStep{typedIf(upstash.SMembers(k("values")), sameItems([]string{"7", "7.5", "true", `{"a":1}`}), "four")},
		},
	}
}
