package upstash_test

import "github.com/yesgoddess/edgeredis/upstash"

type user struct {
	Name string `json:"name"`
	Age  int64  `json:"age"`
}

func jsonCases() []cmdCase {
	type so = upstash.JSONSetOptions
	ada := user{"Ada", 36}
	const adaText = `{"name":"Ada","age":36}`
	ints := opt[int64](int64(2), nil)
	cases := []cmdCase{
		row("JSONGet", upstash.JSONGet[user]("k"), "JSON.GET k", adaText, ada),
		row("JSONGet", upstash.JSONGet[[]int64]("k", "$.age"), "JSON.GET k $.age", "[9007199254740993]", []int64{9007199254740993}),
		row("JSONGet", upstash.JSONGet[map[string][]any]("k", "$.a", "$.b"), "JSON.GET k $.a $.b", `{"$.a":[1],"$.b":[]}`, map[string][]any{"$.a": {1.0}, "$.b": {}}),
		rowErr("JSONGet", upstash.JSONGet[user]("k"), "JSON.GET k", nil, upstash.ErrNil),
		row("JSONGetText", upstash.JSONGetText("k"), "JSON.GET k", adaText, adaText),
		row("JSONMGet", upstash.JSONMGet[[]string]("$.name", "a", "b"), "JSON.MGET a b $.name", list(`["Ada"]`, nil), opt[[]string]([]string{"Ada"}, nil)),
		row("JSONMGetText", upstash.JSONMGetText("", "a"), "JSON.MGET a $", list(`[1]`), opt[string]("[1]")),
		row("JSONSet", upstash.JSONSet("k", "", ada), "JSON.SET k $ "+adaText, "OK", ok),
		row("JSONSet", upstash.JSONSet("k", "$.name", "Ada"), `JSON.SET k $.name "Ada"`, "OK", ok),
		row("JSONSet", upstash.JSONSet("k", "$..x", nil), "JSON.SET k $..x null", "OK", ok),
		row("JSONSetWith", upstash.JSONSetWith("k", "$", 1, so{NX: true}), "JSON.SET k $ 1 NX", nil, false),
		row("JSONSetWith", upstash.JSONSetWith("k", "$", []int{}, so{XX: true}), "JSON.SET k $ [] XX", "OK", true),
		row("JSONMSet", upstash.JSONMSet(upstash.JSONDoc{Key: "a", Value: 1}, upstash.JSONDoc{Key: "b", Path: "$.x", Value: "y"}), `JSON.MSET a $ 1 b $.x "y"`, "OK", ok),
		row("JSONMerge", upstash.JSONMerge("k", "$", map[string]any{"a": nil}), `JSON.MERGE k $ {"a":null}`, "OK", ok),
		row("JSONMerge", upstash.JSONMerge("k", "$.a[0]", nil), "JSON.MERGE k $.a[0] null", "OK", ok),
		row("JSONDel", upstash.JSONDel("k", ""), "JSON.DEL k $", 1, 1),
		row("JSONDel", upstash.JSONDel("k", "$.a[0]"), "JSON.DEL k $.a[0]", 1, 1),
		row("JSONForget", upstash.JSONForget("k", "$.a"), "JSON.FORGET k $.a", 0, 0),
		row("JSONClear", upstash.JSONClear("k", "$.a"), "JSON.CLEAR k $.a", 1, 1),
		row("JSONType", upstash.JSONType("k", "$..a"), "JSON.TYPE k $..a", list("integer", "number"), []string{"integer", "number"}),
		row("JSONType", upstash.JSONType("k", ".a"), "JSON.TYPE k .a", "object", []string{"object"}),
		rowErr("JSONType", upstash.JSONType("k", "$"), "JSON.TYPE k $", nil, upstash.ErrNil),
		row("JSONResp", upstash.JSONResp("k", "$"), "JSON.RESP k $", list(list("{", "a", 1)), upstash.ReplyOf(list(list("{", "a", 1)))),
		row("JSONDebugMemory", upstash.JSONDebugMemory("k", "$"), "JSON.DEBUG MEMORY k $", list(2, nil), ints),
		row("JSONDebugMemory", upstash.JSONDebugMemory("k", "."), "JSON.DEBUG MEMORY k .", 16, opt[int64](int64(16))),
		row("JSONNumIncrBy", upstash.JSONNumIncrBy("k", "$..a", 2), "JSON.NUMINCRBY k $..a 2", "[2, null,3.5]", opt[float64](2.0, nil, 3.5)),
		row("JSONNumIncrBy", upstash.JSONNumIncrBy("k", ".a", 2), "JSON.NUMINCRBY k .a 2", "-4e3", opt[float64](-4000.0)),
		row("JSONNumIncrBy", upstash.JSONNumIncrBy("k", "$.x", 2), "JSON.NUMINCRBY k $.x 2", "[]", opt[float64]()),
		row("JSONNumMultBy", upstash.JSONNumMultBy("k", "$.a", 0.5), "JSON.NUMMULTBY k $.a 0.5", "[1]", opt[float64](1.0)),
		row("JSONStrAppend", upstash.JSONStrAppend("k", "$.a", `"x`), `JSON.STRAPPEND k $.a "\"x"`, list(2, nil), ints),
		row("JSONStrLen", upstash.JSONStrLen("k", "$.a"), "JSON.STRLEN k $.a", list(2, nil), ints),
		row("JSONToggle", upstash.JSONToggle("k", "$.a"), "JSON.TOGGLE k $.a", list(1, 0, nil), opt[bool](true, false, nil)),
		row("JSONToggle", upstash.JSONToggle("k", ".a"), "JSON.TOGGLE k .a", "true", opt[bool](true)),
		row("JSONArrAppend", upstash.JSONArrAppend("k", "$.a", 1, "x"), `JSON.ARRAPPEND k $.a 1 "x"`, list(2, nil), ints),
		row("JSONArrIndex", upstash.JSONArrIndex("k", "$.a", "x"), `JSON.ARRINDEX k $.a "x"`, list(2, nil), ints),
		row("JSONArrIndexRange", upstash.JSONArrIndexRange("k", "$.a", 1, 1, 0), "JSON.ARRINDEX k $.a 1 1 0", list(-1), opt[int64](int64(-1))),
		row("JSONArrInsert", upstash.JSONArrInsert("k", "$.a", 0, true), "JSON.ARRINSERT k $.a 0 true", list(2, nil), ints),
		row("JSONArrLen", upstash.JSONArrLen("k", "$.a"), "JSON.ARRLEN k $.a", list(2, nil), ints),
		row("JSONArrPop", upstash.JSONArrPop("k", "$.a", -1), "JSON.ARRPOP k $.a -1", list(`"x"`, nil), opt[string](`"x"`, nil)),
		row("JSONArrTrim", upstash.JSONArrTrim("k", "$.a", 0, 1), "JSON.ARRTRIM k $.a 0 1", list(2, nil), ints),
		row("JSONArrTrim", upstash.JSONArrTrim("k", "$.a", 1, 2), "JSON.ARRTRIM k $.a 1 2", list(2, nil), ints),
		row("JSONObjKeys", upstash.JSONObjKeys("k", "$..a"), "JSON.OBJKEYS k $..a", list(list("x", "y"), nil), [][]string{{"x", "y"}, nil}),
		row("JSONObjKeys", upstash.JSONObjKeys("k", ".a"), "JSON.OBJKEYS k .a", list("x", "y"), [][]string{{"x", "y"}}),
		row("JSONObjLen", upstash.JSONObjLen("k", "$.a"), "JSON.OBJLEN k $.a", list(2, nil), ints),
	}
	for i := range cases {
		cases[i] = cases[i].only(redisModule)
	}
	return cases
}
