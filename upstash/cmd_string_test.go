package upstash_test

import (
	"math"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Times far in the future, with whole seconds and without.
var (
	at   = time.Unix(4102444800, 0)
	atMs = time.UnixMilli(4102444800123)
	gone = time.Unix(1000000000, 0)
)

var ok struct{}

func stringCases() []cmdCase {
	type so = upstash.SetOptions
	return []cmdCase{
		row("Append", upstash.Append("k", "v"), "APPEND k v", 3, 3).on("SET k ab"),
		row("Decr", upstash.Decr("k"), "DECR k", -1, -1),
		row("DecrBy", upstash.DecrBy("k", 5), "DECRBY k 5", -5, -5),
		row("Digest", upstash.Digest("k"), "DIGEST k", "6c0a3d9f6d9f3a51", "6c0a3d9f6d9f3a51").only(newerRedis),
		rowErr("Digest", upstash.Digest("k"), "DIGEST k", nil, upstash.ErrNil).only(newerRedis),
		row("DelEx", upstash.DelEx("k", upstash.DelExOptions{}), "DELEX k", 1, true).only(newerRedis),
		row("DelEx", upstash.DelEx("k", upstash.DelExOptions{IfEqual: ""}), "DELEX k IFEQ ''", 0, false).only(newerRedis),
		row("DelEx", upstash.DelEx("k", upstash.DelExOptions{IfNotEqual: 5}), "DELEX k IFNE 5", 1, true).only(newerRedis),
		row("DelEx", upstash.DelEx("k", upstash.DelExOptions{IfDigest: "d"}), "DELEX k IFDEQ d", 1, true).only(newerRedis),
		row("DelEx", upstash.DelEx("k", upstash.DelExOptions{IfNotDigest: "d"}), "DELEX k IFDNE d", 1, true).only(newerRedis),
		row("Get", upstash.Get("k"), "GET k", "v", "v").on("SET k v"),
		rowErr("Get", upstash.Get("k"), "GET k", nil, upstash.ErrNil),
		row("GetDel", upstash.GetDel("k"), "GETDEL k", "v", "v").on("SET k v"),
		rowErr("GetDel", upstash.GetDel("k"), "GETDEL k", nil, upstash.ErrNil),
		row("GetEx", upstash.GetEx("k", upstash.GetExOptions{}), "GETEX k", "v", "v").on("SET k v"),
		rowErr("GetEx", upstash.GetEx("k", upstash.GetExOptions{}), "GETEX k", nil, upstash.ErrNil),
		row("GetEx", upstash.GetEx("k", upstash.GetExOptions{TTL: time.Minute}), "GETEX k EX 60", "v", "v").on("SET k v"),
		row("GetEx", upstash.GetEx("k", upstash.GetExOptions{TTL: 60500 * time.Millisecond}), "GETEX k PX 60500", "v", "v").on("SET k v"),
		row("GetEx", upstash.GetEx("k", upstash.GetExOptions{ExpireAt: at}), "GETEX k EXAT 4102444800", "v", "v").on("SET k v"),
		row("GetEx", upstash.GetEx("k", upstash.GetExOptions{ExpireAt: atMs}), "GETEX k PXAT 4102444800123", "v", "v").on("SET k v"),
		row("GetEx", upstash.GetEx("k", upstash.GetExOptions{ExpireAt: gone}), "GETEX k EXAT 1000000000", "v", "v").on("SET k v"),
		row("GetEx", upstash.GetEx("k", upstash.GetExOptions{Persist: true}), "GETEX k PERSIST", "v", "v").on("SET k v EX 100"),
		row("GetRange", upstash.GetRange("k", 1, -2), "GETRANGE k 1 -2", "b", "b").on("SET k abc"),
		row("GetRange", upstash.GetRange("k", 0, -1), "GETRANGE k 0 -1", "", ""),
		row("GetSet", upstash.GetSet("k", "w"), "GETSET k w", "v", "v").on("SET k v"),
		row("Incr", upstash.Incr("k"), "INCR k", 1, 1),
		row("IncrBy", upstash.IncrBy("k", math.MaxInt64), "INCRBY k 9223372036854775807", int64(math.MaxInt64), math.MaxInt64),
		row("IncrByFloat", upstash.IncrByFloat("k", 0.1), "INCRBYFLOAT k 0.1", "0.3", 0.3).on("SET k 0.2"),
		row("MGet", upstash.MGet("a", "b", "c"), "MGET a b c", list("1", nil, nil), opt[string]("1", nil, nil)).on("SET a 1", "LPUSH c x"),
		row("MSet", upstash.MSet("a", 1, "b", true), "MSET a 1 b 1", "OK", ok),
		row("MSetNX", upstash.MSetNX("a", 1), "MSETNX a 1", 0, false).on("SET a 2"),
		row("PSetEx", upstash.PSetEx("k", "v", 90*time.Second), "PSETEX k 90000 v", "OK", ok),
		row("Set", upstash.Set("k", "v"), "SET k v", "OK", ok),
		row("Set", upstash.Set("k", []byte("v")), "SET k v", "OK", ok).on("SET k old EX 100"),
		row("SetWith", upstash.SetWith("k", "v", so{}), "SET k v", "OK", true),
		row("SetWith", upstash.SetWith("k", "v", so{NX: true}), "SET k v NX", "OK", true),
		row("SetWith", upstash.SetWith("k", "v", so{NX: true, TTL: time.Minute}), "SET k v NX EX 60", nil, false).on("SET k w"),
		row("SetWith", upstash.SetWith("k", "v", so{XX: true}), "SET k v XX", nil, false),
		row("SetWith", upstash.SetWith("k", "v", so{XX: true, KeepTTL: true}), "SET k v XX KEEPTTL", "OK", true).on("SET k w EX 100"),
		row("SetWith", upstash.SetWith("k", "v", so{TTL: time.Minute + 1500*time.Microsecond}), "SET k v PX 60001", "OK", true),
		row("SetWith", upstash.SetWith("k", "v", so{TTL: 90500 * time.Millisecond}), "SET k v PX 90500", "OK", true),
		row("SetWith", upstash.SetWith("k", "v", so{ExpireAt: at}), "SET k v EXAT 4102444800", "OK", true),
		row("SetWith", upstash.SetWith("k", "v", so{ExpireAt: atMs}), "SET k v PXAT 4102444800123", "OK", true),
		row("SetWith", upstash.SetWith("k", "v", so{ExpireAt: gone}), "SET k v EXAT 1000000000", "OK", true),
		row("SetWith", upstash.SetWith("k", "v", so{IfEqual: "old"}), "SET k v IFEQ old", nil, false).only(newerRedis),
		row("SetWith", upstash.SetWith("k", "v", so{IfNotEqual: ""}), "SET k v IFNE ''", "OK", true).only(newerRedis),
		row("SetWith", upstash.SetWith("k", "v", so{IfDigest: "d", KeepTTL: true}), "SET k v IFDEQ d KEEPTTL", "OK", true).only(newerRedis),
		row("SetWith", upstash.SetWith("k", "v", so{IfNotDigest: "d"}), "SET k v IFDNE d", "OK", true).only(newerRedis),
		row("SetGet", upstash.SetGet("k", "v", so{}), "SET k v GET", "old", "old").on("SET k old"),
		rowErr("SetGet", upstash.SetGet("k", "v", so{XX: true}), "SET k v XX GET", nil, upstash.ErrNil),
		row("SetGet", upstash.SetGet("k", "v", so{NX: true, TTL: time.Hour}), "SET k v NX GET EX 3600", "old", "old").on("SET k old"),
		row("SetEx", upstash.SetEx("k", "v", time.Minute), "SETEX k 60 v", "OK", ok),
		row("SetEx", upstash.SetEx("k", "v", 60500*time.Millisecond), "PSETEX k 60500 v", "OK", ok),
		row("SetNX", upstash.SetNX("k", "v"), "SETNX k v", 1, true),
		row("SetRange", upstash.SetRange("k", 2, "x"), "SETRANGE k 2 x", 3, 3).on("SET k ab"),
		row("StrLen", upstash.StrLen("k"), "STRLEN k", 2, 2).on("SET k ab"),
		row("Substr", upstash.Substr("k", 0, 0), "SUBSTR k 0 0", "a", "a").on("SET k ab"),
	}
}

func bitmapCases() []cmdCase {
	get, set, incr := upstash.BitFieldGet, upstash.BitFieldSet, upstash.BitFieldIncrBy
	return []cmdCase{
		row("BitCount", upstash.BitCount("k"), "BITCOUNT k", 3, 3).on("SET k a"),
		row("BitCountRange", upstash.BitCountRange("k", 0, -1, upstash.BitUnits), "BITCOUNT k 0 -1 BIT", 3, 3).on("SET k a"),
		row("BitPos", upstash.BitPos("k", true), "BITPOS k 1", 1, 1).on("SET k a"),
		row("BitPosFrom", upstash.BitPosFrom("k", true, 1), "BITPOS k 1 1", 9, 9).on("SET k ab"),
		row("BitPosRange", upstash.BitPosRange("k", true, 0, 0, upstash.ByteUnit), "BITPOS k 1 0 0 BYTE", 1, 1).on("SET k a"),
		row("GetBit", upstash.GetBit("k", 1), "GETBIT k 1", 1, true).on("SET k a"),
		row("SetBit", upstash.SetBit("k", 7, true), "SETBIT k 7 1", 0, false),
		row("BitOp", upstash.BitOp(upstash.BitAnd, "d", "a", "b"), "BITOP AND d a b", 1, 1).on("SET a a", "SET b b"),
		row("BitOp", upstash.BitOp(upstash.BitOr, "a", "a", "b"), "BITOP OR a a b", 1, 1).on("SET a a", "SET b b"),
		row("BitOp", upstash.BitOp(upstash.BitXor, "a", "a", "b"), "BITOP XOR a a b", 1, 1).on("SET a a", "SET b b"),
		row("BitOp", upstash.BitOp(upstash.BitNot, "d", "a"), "BITOP NOT d a", 1, 1).on("SET a a"),
		row("BitOp", upstash.BitOp(upstash.BitDiff, "d", "a", "b"), "BITOP DIFF d a b", 1, 1).only(newerRedis),
		row("BitField", upstash.BitField("k", get("u8", 0)), "BITFIELD k GET u8 0", list(97), opt[int64](int64(97))).on("SET k a"),
		row("BitField", upstash.BitField("k", set("u8", 0, 5), get("u8", 0)), "BITFIELD k SET u8 0 5 GET u8 0", list(0, 5), opt[int64](int64(0), int64(5))),
		row("BitField", upstash.BitField("k", incr("u2", 0, 3).Overflow(upstash.OverflowFail), incr("u2", 0, 3).Overflow(upstash.OverflowFail), incr("u2", 0, 1)),
			"BITFIELD k OVERFLOW FAIL INCRBY u2 0 3 INCRBY u2 0 3 OVERFLOW WRAP INCRBY u2 0 1", list(3, nil, 0), opt[int64](int64(3), nil, int64(0))),
		row("BitFieldRO", upstash.BitFieldRO("k", get("i8", 0)), "BITFIELD_RO k GET i8 0", list(97), []int64{97}).on("SET k a"),
	}
}
