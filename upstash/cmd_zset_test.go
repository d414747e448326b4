package upstash_test

import (
	"math"

	"github.com/yesgoddess/edgeredis/upstash"
)

var inf = math.Inf(1)

func zsetCases() []cmdCase {
	type m = upstash.Member
	type o = upstash.ZAddOptions
	const ab = "ZADD k 1 a 2 b"
	return []cmdCase{
		row("ZAdd", upstash.ZAdd("k", m{"a", 1.5}, m{"b", -inf}), "ZADD k 1.5 a -inf b", 2, 2),
		row("ZAddWith", upstash.ZAddWith("k", o{NX: true}, m{"a", 5}), "ZADD k NX 5 a", 0, 0).on(ab),
		row("ZAddWith", upstash.ZAddWith("k", o{XX: true, CH: true}, m{"a", 5}), "ZADD k XX CH 5 a", 1, 1).on(ab),
		row("ZAddWith", upstash.ZAddWith("k", o{XX: true}, m{"a", 5}), "ZADD k XX 5 a", 0, 0).on(ab),
		row("ZAddWith", upstash.ZAddWith("k", o{GT: true, CH: true}, m{"a", 5}, m{"c", 1}), "ZADD k GT CH 5 a 1 c", 2, 2).on(ab),
		row("ZAddWith", upstash.ZAddWith("k", o{XX: true, LT: true}, m{"a", 0}), "ZADD k XX LT 0 a", 0, 0).on(ab),
		row("ZAddIncr", upstash.ZAddIncr("k", o{}, m{"a", 2}), "ZADD k INCR 2 a", "3", 3).on(ab),
		rowErr("ZAddIncr", upstash.ZAddIncr("k", o{NX: true}, m{"a", 2}), "ZADD k NX INCR 2 a", nil, upstash.ErrNil).on(ab),
		row("ZCard", upstash.ZCard("k"), "ZCARD k", 2, 2).on(ab),
		row("ZCount", upstash.ZCount("k", "(1", "+inf"), "ZCOUNT k (1 +inf", 1, 1).on(ab),
		row("ZIncrBy", upstash.ZIncrBy("k", 0.5, "a"), "ZINCRBY k 0.5 a", "1.5", 1.5).on(ab),
		row("ZLexCount", upstash.ZLexCount("k", "-", "[a"), "ZLEXCOUNT k - [a", 1, 1).on("ZADD k 0 a 0 b"),
		row("ZMScore", upstash.ZMScore("k", "a", "x"), "ZMSCORE k a x", list("1", nil), opt[float64](1.0, nil)).on(ab),
		row("ZMPop", upstash.ZMPop(upstash.Highest, 2, "k"), "ZMPOP 1 k MAX COUNT 2", list("k", list(list("b", "2"), list("a", "1"))),
			upstash.KeyMembers{Key: "k", Members: []m{{"b", 2}, {"a", 1}}}).on(ab),
		row("ZMPop", upstash.ZMPop(upstash.Lowest, 2, "j", "k"), "ZMPOP 2 j k MIN COUNT 2", list("k", list("a", "1", "b", "2")),
			upstash.KeyMembers{Key: "k", Members: []m{{"a", 1}, {"b", 2}}}).on(ab),
		rowErr("ZMPop", upstash.ZMPop(upstash.Lowest, 1, "k"), "ZMPOP 1 k MIN COUNT 1", nil, upstash.ErrNil),
		row("ZPopMax", upstash.ZPopMax("k", 1), "ZPOPMAX k 1", list("b", "2"), []m{{"b", 2}}).on(ab),
		row("ZPopMin", upstash.ZPopMin("k", 5), "ZPOPMIN k 5", list(), []m{}),
		row("ZRandMember", upstash.ZRandMember("k"), "ZRANDMEMBER k", "a", "a").on("ZADD k 1 a"),
		rowErr("ZRandMember", upstash.ZRandMember("k"), "ZRANDMEMBER k", nil, upstash.ErrNil),
		row("ZRandMemberN", upstash.ZRandMemberN("k", 3), "ZRANDMEMBER k 3", list("a"), []string{"a"}).on("ZADD k 1 a"),
		row("ZRandMemberWithScores", upstash.ZRandMemberWithScores("k", 1), "ZRANDMEMBER k 1 WITHSCORES", list("a", "1"), []m{{"a", 1}}).on("ZADD k 1 a"),
		row("ZRank", upstash.ZRank("k", "b"), "ZRANK k b", 1, 1).on(ab),
		rowErr("ZRank", upstash.ZRank("k", "x"), "ZRANK k x", nil, upstash.ErrNil).on(ab),
		row("ZRankWithScore", upstash.ZRankWithScore("k", "b"), "ZRANK k b WITHSCORE", list(1, "2"), upstash.RankScore{Rank: 1, Score: 2}).only(newerRedis),
		row("ZRevRank", upstash.ZRevRank("k", "b"), "ZREVRANK k b", 0, 0).on(ab),
		row("ZRevRankWithScore", upstash.ZRevRankWithScore("k", "b"), "ZREVRANK k b WITHSCORE", list(0, "2"), upstash.RankScore{Score: 2}).only(newerRedis),
		row("ZRem", upstash.ZRem("k", "a", "x"), "ZREM k a x", 1, 1).on(ab),
		row("ZRemRangeByLex", upstash.ZRemRangeByLex("k", "[a", "[a"), "ZREMRANGEBYLEX k [a [a", 1, 1).on("ZADD k 0 a 0 b"),
		row("ZRemRangeByRank", upstash.ZRemRangeByRank("k", 0, 0), "ZREMRANGEBYRANK k 0 0", 1, 1).on(ab),
		row("ZRemRangeByScore", upstash.ZRemRangeByScore("k", "-inf", "1"), "ZREMRANGEBYSCORE k -inf 1", 1, 1).on(ab),
		row("ZScore", upstash.ZScore("k", "a"), "ZSCORE k a", "-inf", -inf).on("ZADD k -inf a"),
		rowErr("ZScore", upstash.ZScore("k", "a"), "ZSCORE k a", nil, upstash.ErrNil),
	}
}

func zrangeCases() []cmdCase {
	type m = upstash.Member
	type by = upstash.ZRangeBy
	type spec = upstash.ZRangeSpec
	const ab = "ZADD k 1 a 2 b"
	a, b := []string{"a"}, []string{"b"}
	return []cmdCase{
		row("ZRange", upstash.ZRange("k", 0, -1), "ZRANGE k 0 -1", list("a", "b"), []string{"a", "b"}).on(ab),
		row("ZRangeWithScores", upstash.ZRangeWithScores("k", 0, 0), "ZRANGE k 0 0 WITHSCORES", list("a", "1"), []m{{"a", 1}}).on(ab),
		row("ZRevRange", upstash.ZRevRange("k", 0, 0), "ZREVRANGE k 0 0", list("b"), b).on(ab),
		row("ZRevRangeWithScores", upstash.ZRevRangeWithScores("k", 0, 0), "ZREVRANGE k 0 0 WITHSCORES", list("b", "2"), []m{{"b", 2}}).on(ab),
		row("ZRangeByScore", upstash.ZRangeByScore("k", by{Min: "(1", Max: "+inf", Offset: 0, Count: 5}), "ZRANGEBYSCORE k (1 +inf LIMIT 0 5", list("b"), b).on(ab),
		row("ZRangeByScoreWithScores", upstash.ZRangeByScoreWithScores("k", by{Min: "-inf", Max: "1"}), "ZRANGEBYSCORE k -inf 1 WITHSCORES", list("a", "1"), []m{{"a", 1}}).on(ab),
		row("ZRangeByLex", upstash.ZRangeByLex("k", by{Min: "-", Max: "(b"}), "ZRANGEBYLEX k - (b", list("a"), a).on("ZADD k 0 a 0 b"),
		row("ZRevRangeByScore", upstash.ZRevRangeByScore("k", by{Min: "1", Max: "2", Offset: 1, Count: 1}), "ZREVRANGEBYSCORE k 2 1 LIMIT 1 1", list("a"), a).on(ab),
		row("ZRevRangeByScoreWithScores", upstash.ZRevRangeByScoreWithScores("k", by{Min: "2", Max: "+inf"}), "ZREVRANGEBYSCORE k +inf 2 WITHSCORES", list("b", "2"), []m{{"b", 2}}).on(ab),
		row("ZRevRangeByLex", upstash.ZRevRangeByLex("k", by{Min: "-", Max: "[a"}), "ZREVRANGEBYLEX k [a -", list("a"), a).on("ZADD k 0 a 0 b"),
		row("ZRangeArgs", upstash.ZRangeArgs("k", spec{Start: "0", Stop: "1", Rev: true}), "ZRANGE k 0 1 REV", list("b", "a"), []string{"b", "a"}).on(ab),
		row("ZRangeArgs", upstash.ZRangeArgs("k", spec{Start: "1", Stop: "2", By: upstash.ByScore, Rev: true, Count: 1}), "ZRANGE k 2 1 BYSCORE REV LIMIT 0 1", list("b"), b).on(ab),
		row("ZRangeArgs", upstash.ZRangeArgs("k", spec{Start: "-", Stop: "[a", By: upstash.ByLex}), "ZRANGE k - [a BYLEX", list("a"), a).on("ZADD k 0 a 0 b"),
		row("ZRangeArgsWithScores", upstash.ZRangeArgsWithScores("k", spec{Start: "1", Stop: "1", By: upstash.ByScore}), "ZRANGE k 1 1 BYSCORE WITHSCORES", list("a", "1"), []m{{"a", 1}}).on(ab),
		row("ZRangeStore", upstash.ZRangeStore("d", "k", spec{Start: "0", Stop: "0"}), "ZRANGESTORE d k 0 0", 1, 1).on(ab),
		row("ZRangeStore", upstash.ZRangeStore("k", "k", spec{Start: "1", Stop: "-1"}), "ZRANGESTORE k k 1 -1", 1, 1).on(ab),
	}
}

func zalgebraCases() []cmdCase {
	type m = upstash.Member
	type c = upstash.ZCombine
	w := c{Weights: []float64{2, 3}, Aggregate: upstash.AggregateMax}
	two := []string{"ZADD a 1 x 2 y", "ZADD b 10 y"}
	return []cmdCase{
		row("ZDiff", upstash.ZDiff("a", "b"), "ZDIFF 2 a b", list("x"), []string{"x"}).on(two...),
		row("ZDiffWithScores", upstash.ZDiffWithScores("a", "b"), "ZDIFF 2 a b WITHSCORES", list("x", "1"), []m{{"x", 1}}).on(two...),
		row("ZDiffStore", upstash.ZDiffStore("d", "a", "b"), "ZDIFFSTORE d 2 a b", 1, 1).on(two...),
		row("ZInter", upstash.ZInter(c{}, "a", "b"), "ZINTER 2 a b", list("y"), []string{"y"}).on(two...),
		row("ZInterWithScores", upstash.ZInterWithScores(w, "a", "b"), "ZINTER 2 a b WEIGHTS 2 3 AGGREGATE MAX WITHSCORES", list("y", "30"), []m{{"y", 30}}).on(two...),
		row("ZInterCard", upstash.ZInterCard(0, "a", "b"), "ZINTERCARD 2 a b", 1, 1).on(two...),
		row("ZInterCard", upstash.ZInterCard(1, "a"), "ZINTERCARD 1 a LIMIT 1", 1, 1).on(two...),
		row("ZInterStore", upstash.ZInterStore("d", c{}, "a", "b"), "ZINTERSTORE d 2 a b", 1, 1).on(two...),
		row("ZInterStore", upstash.ZInterStore("a", c{}, "a", "b"), "ZINTERSTORE a 2 a b", 1, 1).on(two...),
		row("ZUnion", upstash.ZUnion(c{Aggregate: upstash.AggregateMin}, "a", "b"), "ZUNION 2 a b AGGREGATE MIN", list("x", "y"), []string{"x", "y"}).on(two...),
		row("ZUnionWithScores", upstash.ZUnionWithScores(c{}, "a", "b"), "ZUNION 2 a b WITHSCORES", list("x", "1", "y", "12"), []m{{"x", 1}, {"y", 12}}).on(two...),
		row("ZUnionStore", upstash.ZUnionStore("d", w, "a", "b"), "ZUNIONSTORE d 2 a b WEIGHTS 2 3 AGGREGATE MAX", 2, 2).on(two...),
	}
}
