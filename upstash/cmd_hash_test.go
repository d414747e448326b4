package upstash_test

import (
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

func hashCases() []cmdCase {
	type fv = upstash.FieldValue
	return []cmdCase{
		row("HDel", upstash.HDel("k", "a", "b"), "HDEL k a b", 1, 1).on("HSET k a 1"),
		row("HExists", upstash.HExists("k", "a"), "HEXISTS k a", 1, true).on("HSET k a 1"),
		row("HGet", upstash.HGet("k", "a"), "HGET k a", "1", "1").on("HSET k a 1"),
		rowErr("HGet", upstash.HGet("k", "a"), "HGET k a", nil, upstash.ErrNil),
		row("HGetAll", upstash.HGetAll("k"), "HGETALL k", list("a", "1", "b", "2"), map[string]string{"a": "1", "b": "2"}).on("HSET k a 1 b 2"),
		row("HGetAll", upstash.HGetAll("k"), "HGETALL k", list(), map[string]string{}),
		row("HGetDel", upstash.HGetDel("k", "a", "b"), "HGETDEL k FIELDS 2 a b", list("1", nil), opt[string]("1", nil)).only(newerRedis),
		row("HGetEX", upstash.HGetEX("k", upstash.GetExOptions{}, "a"), "HGETEX k FIELDS 1 a", list(nil), opt[string](nil)).only(newerRedis),
		row("HGetEX", upstash.HGetEX("k", upstash.GetExOptions{TTL: time.Minute}, "a"), "HGETEX k EX 60 FIELDS 1 a", list("1"), opt[string]("1")).only(newerRedis),
		row("HGetEX", upstash.HGetEX("k", upstash.GetExOptions{Persist: true}, "a"), "HGETEX k PERSIST FIELDS 1 a", list("1"), opt[string]("1")).only(newerRedis),
		row("HIncrBy", upstash.HIncrBy("k", "a", -2), "HINCRBY k a -2", -2, -2),
		row("HIncrByFloat", upstash.HIncrByFloat("k", "a", 1e21), "HINCRBYFLOAT k a 1e+21", "1000000000000000000000", 1e21),
		row("HKeys", upstash.HKeys("k"), "HKEYS k", list("a"), []string{"a"}).on("HSET k a 1"),
		row("HLen", upstash.HLen("k"), "HLEN k", 1, 1).on("HSET k a 1"),
		row("HMGet", upstash.HMGet("k", "a", "b"), "HMGET k a b", list("1", nil), opt[string]("1", nil)).on("HSET k a 1"),
		row("HMGet", upstash.HMGet("k", "a"), "HMGET k a", list(nil), opt[string](nil)),
		row("HMSet", upstash.HMSet("k", "a", 1, "b", 2.5), "HMSET k a 1 b 2.5", "OK", ok),
		row("HRandField", upstash.HRandField("k"), "HRANDFIELD k", "a", "a").on("HSET k a 1"),
		rowErr("HRandField", upstash.HRandField("k"), "HRANDFIELD k", nil, upstash.ErrNil),
		row("HRandFieldN", upstash.HRandFieldN("k", -2), "HRANDFIELD k -2", list("a", "a"), []string{"a", "a"}).on("HSET k a 1"),
		row("HRandFieldWithValues", upstash.HRandFieldWithValues("k", 2), "HRANDFIELD k 2 WITHVALUES", list("a", "1"), []fv{{"a", "1"}}).on("HSET k a 1"),
		row("HRandFieldWithValues", upstash.HRandFieldWithValues("k", 2), "HRANDFIELD k 2 WITHVALUES", list(), []fv{}),
		row("HSet", upstash.HSet("k", "a", 1, "b", 2), "HSET k a 1 b 2", 1, 1).on("HSET k a 0"),
		row("HSetEX", upstash.HSetEX("k", upstash.HSetEXOptions{}, "a", 1), "HSETEX k FIELDS 1 a 1", 1, true).only(newerRedis),
		row("HSetEX", upstash.HSetEX("k", upstash.HSetEXOptions{FNX: true, TTL: time.Minute}, "a", 1, "b", 2),
			"HSETEX k FNX EX 60 FIELDS 2 a 1 b 2", 0, false).only(newerRedis),
		row("HSetEX", upstash.HSetEX("k", upstash.HSetEXOptions{FXX: true, KeepTTL: true}, "a", 1), "HSETEX k FXX KEEPTTL FIELDS 1 a 1", 1, true).only(newerRedis),
		row("HSetNX", upstash.HSetNX("k", "a", 1), "HSETNX k a 1", 0, false).on("HSET k a 0"),
		row("HStrLen", upstash.HStrLen("k", "a"), "HSTRLEN k a", 2, 2).on("HSET k a 10"),
		row("HVals", upstash.HVals("k"), "HVALS k", list("1"), []string{"1"}).on("HSET k a 1"),
	}
}

func hashTTLCases() []cmdCase {
	type fs = []upstash.FieldStatus
	cases := []cmdCase{
		row("HExpire", upstash.HExpire("k", time.Minute, "a", "b"), "HEXPIRE k 60 FIELDS 2 a b", list(1, -2), fs{upstash.FieldDone, upstash.FieldMissing}),
		row("HExpire", upstash.HExpire("k", 60500*time.Millisecond, "a"), "HPEXPIRE k 60500 FIELDS 1 a", list(1), fs{upstash.FieldDone}),
		row("HExpireIf", upstash.HExpireIf("k", time.Minute, upstash.IfTTL, "a"), "HEXPIRE k 60 XX FIELDS 1 a", list(0), fs{upstash.FieldRefused}),
		row("HPExpire", upstash.HPExpire("k", time.Minute, "a"), "HPEXPIRE k 60000 FIELDS 1 a", list(1), fs{upstash.FieldDone}),
		row("HExpireAt", upstash.HExpireAt("k", gone, "a"), "HEXPIREAT k 1000000000 FIELDS 1 a", list(2), fs{upstash.FieldDeleted}),
		row("HExpireAt", upstash.HExpireAt("k", atMs, "a"), "HPEXPIREAT k 4102444800123 FIELDS 1 a", list(1), fs{upstash.FieldDone}),
		row("HExpireAtIf", upstash.HExpireAtIf("k", at, upstash.IfLonger, "a"), "HEXPIREAT k 4102444800 GT FIELDS 1 a", list(1), fs{upstash.FieldDone}),
		row("HPExpireAt", upstash.HPExpireAt("k", at, "a"), "HPEXPIREAT k 4102444800000 FIELDS 1 a", list(1), fs{upstash.FieldDone}),
		row("HExpireTime", upstash.HExpireTime("k", "a", "b"), "HEXPIRETIME k FIELDS 2 a b", list(4102444800, -1), []time.Time{at, {}}),
		row("HPExpireTime", upstash.HPExpireTime("k", "a"), "HPEXPIRETIME k FIELDS 1 a", list(int64(4102444800123)), []time.Time{atMs}),
		row("HPersist", upstash.HPersist("k", "a", "b"), "HPERSIST k FIELDS 2 a b", list(1, -1), fs{upstash.FieldDone, upstash.FieldNoTTL}),
		row("HTTL", upstash.HTTL("k", "a", "b", "c"), "HTTL k FIELDS 3 a b c", list(60, -1, -2), []time.Duration{time.Minute, upstash.NoTTL, upstash.Missing}),
		row("HPTTL", upstash.HPTTL("k", "a"), "HPTTL k FIELDS 1 a", list(1500), []time.Duration{1500 * time.Millisecond}),
	}
	for i := range cases {
		cases[i] = cases[i].only(newerRedis)
	}
	return cases
}
