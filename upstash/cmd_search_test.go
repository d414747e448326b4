package upstash_test

import "github.com/yesgoddess/edgeredis/upstash"

func searchCases() []cmdCase {
	type o = upstash.SearchOptions
	type q = upstash.SearchQueryOptions
	type f = upstash.SearchField
	cases := []cmdCase{
		row("SearchCreate", upstash.SearchCreate("i", o{Prefixes: []string{"p:"}, Schema: []f{{Name: "name", Type: upstash.SearchText}, {Name: "price", Type: upstash.SearchF64, Fast: true}}}),
			"SEARCH.CREATE i ON JSON PREFIX 1 p: SCHEMA name TEXT price F64 FAST", 1, true),
		row("SearchCreate", upstash.SearchCreate("i", o{
			On: upstash.SearchHash, Prefixes: []string{"p:", "q:"}, Language: "german", SkipInitialScan: true, ExistsOK: true,
			Schema: []f{{Name: "n", Type: upstash.SearchText, NoStem: true, NoTokenize: true, From: "m"}},
		}), "SEARCH.CREATE i ON HASH PREFIX 2 p: q: LANGUAGE german SKIPINITIALSCAN EXISTSOK SCHEMA n TEXT NOSTEM NOTOKENIZE FROM m", 0, false),
		row("SearchCreate", upstash.SearchCreate("i", o{On: upstash.SearchStream, Stream: "s", Schema: []f{{Name: "level", Type: upstash.SearchKeyword}}}),
			"SEARCH.CREATE i ON STREAM s SCHEMA level KEYWORD", 1, true),
		row("SearchDrop", upstash.SearchDrop("i"), "SEARCH.DROP i", 0, false),
		row("SearchReindex", upstash.SearchReindex("i"), "SEARCH.REINDEX i", 1, true),
		row("SearchDescribe", upstash.SearchDescribe("i"), "SEARCH.DESCRIBE i",
			list("name", "i", "type", "JSON", "prefixes", list("p:"), "language", "english", "indexSize", 1234, "pendingUpdates", 1,
				"schema", list(list("name", "TEXT", "NOSTEM", "NOTOKENIZE"), list("price", "F64", "FAST", "FROM", "cost"))),
			upstash.SearchDescription{
				Name: "i", Type: upstash.SearchJSON, Prefixes: []string{"p:"}, Language: "english", IndexSize: 1234, PendingUpdates: 1,
				Schema: []f{{Name: "name", Type: upstash.SearchText, NoStem: true, NoTokenize: true}, {Name: "price", Type: upstash.SearchF64, Fast: true, From: "cost"}},
			}),
		rowErr("SearchDescribe", upstash.SearchDescribe("i"), "SEARCH.DESCRIBE i", nil, upstash.ErrNil),
		row("SearchWaitIndexing", upstash.SearchWaitIndexing("i"), "SEARCH.WAITINDEXING i", 1, true),
		row("SearchListIndexes", upstash.SearchListIndexes(upstash.SearchListOptions{Match: "i*", Limit: 5, Offset: 1}), "SEARCH.LISTINDEXES MATCH i* LIMIT 5 OFFSET 1",
			list(list("name", "i", "type", "HASH")), []upstash.SearchName{{Name: "i", Type: upstash.SearchHash}}),
		row("SearchQuery", upstash.SearchQuery("i", `{"n":"x"}`, q{}), `SEARCH.QUERY i {"n":"x"}`,
			list(list("p:1", "1.25", list(list("$", "{}"))), list("p:2", 0.75, list(list("a", "1"), list("b", "2")))),
			[]upstash.SearchHit{{Key: "p:1", Score: 1.25, Fields: []upstash.FieldValue{{"$", "{}"}}}, {Key: "p:2", Score: 0.75, Fields: []upstash.FieldValue{{"a", "1"}, {"b", "2"}}}}),
		row("SearchQuery", upstash.SearchQuery("i", "{}", q{Limit: 5, Offset: 10, OrderBy: "price", Ascending: true, NoContent: true}),
			"SEARCH.QUERY i {} LIMIT 5 OFFSET 10 ORDERBY price ASC NOCONTENT", list(list("p:1", "2")), []upstash.SearchHit{{Key: "p:1", Score: 2}}),
		row("SearchQuery", upstash.SearchQuery("i", "{}", q{
			Select: []string{"a", "b"}, Highlight: []string{"a"}, Tags: [2]string{"<b>", "</b>"},
			Score: upstash.SearchScore{Fields: []upstash.SearchScoreField{{Field: "pop", Modifier: "LOG1P", Factor: 2, Missing: 1}, {Field: "x"}}, Mode: "SUM", Combine: "MULTIPLY"},
		}), "SEARCH.QUERY i {} SELECT 2 a b HIGHLIGHT FIELDS 1 a TAGS <b> </b> SCOREFUNC FIELDVALUE pop MODIFIER LOG1P FACTOR 2 MISSING 1 FIELDVALUE x SCOREMODE SUM COMBINEMODE MULTIPLY",
			list(), []upstash.SearchHit{}),
		rowErr("SearchQuery", upstash.SearchQuery("i", "{}", q{OrderBy: "a"}), "SEARCH.QUERY i {} ORDERBY a DESC", nil, upstash.ErrNil),
		row("SearchCount", upstash.SearchCount("i", "{}"), "SEARCH.COUNT i {}", 7, 7),
		row("SearchAggregate", upstash.SearchAggregate("i", "{}", "{}"), "SEARCH.AGGREGATE i {} {}", list("avg", list("value", "1.5")), upstash.ReplyOf(list("avg", list("value", "1.5")))),
		row("SearchAliasAdd", upstash.SearchAliasAdd("a", "i"), "SEARCH.ALIASADD a i", 2, false),
		row("SearchAliasDel", upstash.SearchAliasDel("a"), "SEARCH.ALIASDEL a", 1, true),
		row("SearchListAliases", upstash.SearchListAliases(), "SEARCH.LISTALIASES", list(list("a", "i")), map[string]string{"a": "i"}),
	}
	for i := range cases {
		cases[i] = cases[i].only(upstashOnly)
	}
	return cases
}
