package upstash_test

import "github.com/yesgoddess/edgeredis/upstash"

func listCases() []cmdCase {
	type o = upstash.LPosOptions
	return []cmdCase{
		row("LIndex", upstash.LIndex("k", -1), "LINDEX k -1", "b", "b").on("RPUSH k a b"),
		rowErr("LIndex", upstash.LIndex("k", 0), "LINDEX k 0", nil, upstash.ErrNil),
		row("LInsertBefore", upstash.LInsertBefore("k", "b", "x"), "LINSERT k BEFORE b x", 3, 3).on("RPUSH k a b"),
		row("LInsertAfter", upstash.LInsertAfter("k", "z", "x"), "LINSERT k AFTER z x", -1, -1).on("RPUSH k a b"),
		row("LLen", upstash.LLen("k"), "LLEN k", 2, 2).on("RPUSH k a b"),
		row("LMove", upstash.LMove("k", "d", upstash.Left, upstash.Right), "LMOVE k d LEFT RIGHT", "a", "a").on("RPUSH k a b"),
		rowErr("LMove", upstash.LMove("k", "d", upstash.Left, upstash.Right), "LMOVE k d LEFT RIGHT", nil, upstash.ErrNil),
		row("LMPop", upstash.LMPop(upstash.Right, 2, "j", "k"), "LMPOP 2 j k RIGHT COUNT 2", list("k", list("b", "a")),
			upstash.KeyValues{Key: "k", Values: []string{"b", "a"}}).on("RPUSH k a b"),
		rowErr("LMPop", upstash.LMPop(upstash.Left, 1, "k"), "LMPOP 1 k LEFT COUNT 1", nil, upstash.ErrNil),
		row("LPop", upstash.LPop("k"), "LPOP k", "a", "a").on("RPUSH k a"),
		row("LPopCount", upstash.LPopCount("k", 5), "LPOP k 5", list("a"), []string{"a"}).on("RPUSH k a"),
		row("LPopCount", upstash.LPopCount("k", 0), "LPOP k 0", list(), []string{}).on("RPUSH k a"),
		rowErr("LPopCount", upstash.LPopCount("k", 1), "LPOP k 1", nil, upstash.ErrNil),
		row("LPos", upstash.LPos("k", "b", o{}), "LPOS k b", 1, 1).on("RPUSH k a b"),
		rowErr("LPos", upstash.LPos("k", "b", o{Rank: -1, MaxLen: 5}), "LPOS k b RANK -1 MAXLEN 5", nil, upstash.ErrNil),
		row("LPosCount", upstash.LPosCount("k", "a", 0, o{Rank: 2}), "LPOS k a COUNT 0 RANK 2", list(2), []int64{2}).on("RPUSH k a b a"),
		row("LPush", upstash.LPush("k", "a", 2), "LPUSH k a 2", 2, 2),
		row("LPushX", upstash.LPushX("k", "a"), "LPUSHX k a", 0, 0),
		row("LRange", upstash.LRange("k", 0, -1), "LRANGE k 0 -1", list("a", "b"), []string{"a", "b"}).on("RPUSH k a b"),
		row("LRem", upstash.LRem("k", 0, "a"), "LREM k 0 a", 2, 2).on("RPUSH k a b a"),
		row("LRem", upstash.LRem("k", -1, "a"), "LREM k -1 a", 1, 1).on("RPUSH k a b a"),
		row("LSet", upstash.LSet("k", 0, "x"), "LSET k 0 x", "OK", ok).on("RPUSH k a b"),
		row("LTrim", upstash.LTrim("k", 0, 1), "LTRIM k 0 1", "OK", ok).on("RPUSH k a b c"),
		row("LTrim", upstash.LTrim("k", -2, -1), "LTRIM k -2 -1", "OK", ok).on("RPUSH k a b c"),
		row("LTrim", upstash.LTrim("k", 1, -1), "LTRIM k 1 -1", "OK", ok).on("RPUSH k a b c"),
		row("RPop", upstash.RPop("k"), "RPOP k", "b", "b").on("RPUSH k a b"),
		row("RPopCount", upstash.RPopCount("k", 2), "RPOP k 2", list("b", "a"), []string{"b", "a"}).on("RPUSH k a b"),
		row("RPopLPush", upstash.RPopLPush("k", "d"), "RPOPLPUSH k d", "b", "b").on("RPUSH k a b"),
		row("RPush", upstash.RPush("k", "a", "b"), "RPUSH k a b", 2, 2),
		row("RPushX", upstash.RPushX("k", "b"), "RPUSHX k b", 2, 2).on("RPUSH k a"),
	}
}

func setCases() []cmdCase {
	return []cmdCase{
		row("SAdd", upstash.SAdd("k", "a", 1), "SADD k a 1", 1, 1).on("SADD k a"),
		row("SCard", upstash.SCard("k"), "SCARD k", 1, 1).on("SADD k a"),
		row("SDiff", upstash.SDiff("a", "b"), "SDIFF a b", list("x"), []string{"x"}).on("SADD a x y", "SADD b y"),
		row("SDiffStore", upstash.SDiffStore("d", "a", "b"), "SDIFFSTORE d a b", 1, 1).on("SADD a x y", "SADD b y"),
		row("SDiffStore", upstash.SDiffStore("b", "a", "b"), "SDIFFSTORE b a b", 1, 1).on("SADD a x y", "SADD b y"),
		row("SInter", upstash.SInter("a", "b"), "SINTER a b", list("y"), []string{"y"}).on("SADD a x y", "SADD b y"),
		row("SInterCard", upstash.SInterCard(0, "a", "b"), "SINTERCARD 2 a b", 1, 1).on("SADD a x y", "SADD b y"),
		row("SInterCard", upstash.SInterCard(1, "a"), "SINTERCARD 1 a LIMIT 1", 1, 1).on("SADD a x y"),
		row("SInterStore", upstash.SInterStore("a", "a", "b"), "SINTERSTORE a a b", 1, 1).on("SADD a x y", "SADD b y"),
		row("SIsMember", upstash.SIsMember("k", 5), "SISMEMBER k 5", 1, true).on("SADD k 5"),
		row("SMembers", upstash.SMembers("k"), "SMEMBERS k", list("a"), []string{"a"}).on("SADD k a"),
		row("SMIsMember", upstash.SMIsMember("k", "a", "b"), "SMISMEMBER k a b", list(1, 0), []bool{true, false}).on("SADD k a"),
		row("SMove", upstash.SMove("k", "d", "a"), "SMOVE k d a", 1, true).on("SADD k a"),
		row("SPop", upstash.SPop("k"), "SPOP k", "a", "a").on("SADD k a"),
		rowErr("SPop", upstash.SPop("k"), "SPOP k", nil, upstash.ErrNil),
		row("SPopN", upstash.SPopN("k", 2), "SPOP k 2", list(), []string{}),
		row("SRandMember", upstash.SRandMember("k"), "SRANDMEMBER k", "a", "a").on("SADD k a"),
		row("SRandMemberN", upstash.SRandMemberN("k", -2), "SRANDMEMBER k -2", list("a", "a"), []string{"a", "a"}).on("SADD k a"),
		row("SRem", upstash.SRem("k", "a", "b"), "SREM k a b", 1, 1).on("SADD k a"),
		row("SUnion", upstash.SUnion("a", "b"), "SUNION a b", list("x"), []string{"x"}).on("SADD a x"),
		row("SUnionStore", upstash.SUnionStore("d", "a", "b"), "SUNIONSTORE d a b", 2, 2).on("SADD a x y", "SADD b y"),
	}
}

func hllCases() []cmdCase {
	return []cmdCase{
		row("PFAdd", upstash.PFAdd("k", "a", "b"), "PFADD k a b", 1, true),
		row("PFAdd", upstash.PFAdd("k"), "PFADD k", 0, false).on("PFADD k"),
		row("PFCount", upstash.PFCount("k", "l"), "PFCOUNT k l", 3, 3).on("PFADD k a b", "PFADD l b c"),
		row("PFMerge", upstash.PFMerge("d", "k", "l"), "PFMERGE d k l", "OK", ok).on("PFADD k a b", "PFADD l c"),
	}
}
