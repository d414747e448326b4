package upstash_test

import (
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

func keyCases() []cmdCase {
	return []cmdCase{
		row("Copy", upstash.Copy("a", "b", upstash.CopyOptions{}), "COPY a b", 1, true).on("SET a 1"),
		row("Copy", upstash.Copy("a", "b", upstash.CopyOptions{Replace: true}), "COPY a b REPLACE", 1, true).on("SET a 1", "SET b 2"),
		row("Del", upstash.Del("a", "b"), "DEL a b", 1, 1).on("SET a 1"),
		row("Dump", upstash.Dump("k"), "DUMP k", "\x00\x01v\xff", []byte("\x00\x01v\xff")).on("SET k v").any(),
		rowErr("Dump", upstash.Dump("k"), "DUMP k", nil, upstash.ErrNil),
		row("Exists", upstash.Exists("a", "a", "b"), "EXISTS a a b", 2, 2).on("SET a 1"),
		row("Keys", upstash.Keys("a*"), "KEYS a*", list("ab"), []string{"ab"}).on("SET ab 1", "SET c 1"),
		row("MemoryUsage", upstash.MemoryUsage("k"), "MEMORY USAGE k", 56, 56).on("SET k v").any(),
		rowErr("MemoryUsage", upstash.MemoryUsage("k"), "MEMORY USAGE k", nil, upstash.ErrNil),
		row("MemoryUsageSamples", upstash.MemoryUsageSamples("k", 0), "MEMORY USAGE k SAMPLES 0", 56, 56).on("SET k v").any(),
		row("RandomKey", upstash.RandomKey(), "RANDOMKEY", "k", "k").on("SET k v"),
		rowErr("RandomKey", upstash.RandomKey(), "RANDOMKEY", nil, upstash.ErrNil),
		row("Rename", upstash.Rename("a", "b"), "RENAME a b", "OK", ok).on("SET a 1"),
		row("RenameNX", upstash.RenameNX("a", "b"), "RENAMENX a b", 0, false).on("SET a 1", "SET b 1"),
		row("Restore", upstash.Restore("k", []byte("x"), upstash.RestoreOptions{}), "RESTORE k 0 x", "OK", ok).only(ownTest),
		row("Restore", upstash.Restore("k", []byte("x"), upstash.RestoreOptions{TTL: time.Second, Replace: true}), "RESTORE k 1000 x REPLACE", "OK", ok).only(ownTest),
		row("Restore", upstash.Restore("k", []byte("x"), upstash.RestoreOptions{ExpireAt: atMs, IdleTime: time.Minute, Freq: 3}),
			"RESTORE k 4102444800123 x ABSTTL IDLETIME 60 FREQ 3", "OK", ok).only(ownTest),
		row("Touch", upstash.Touch("a", "b"), "TOUCH a b", 1, 1).on("SET a 1"),
		row("Type", upstash.Type("k"), "TYPE k", "zset", "zset").on("ZADD k 1 a"),
		row("Type", upstash.Type("k"), "TYPE k", "none", "none"),
		row("Unlink", upstash.Unlink("a", "b"), "UNLINK a b", 1, 1).on("SET a 1"),
		row("Wait", upstash.Wait(0, time.Second), "WAIT 0 1000", 0, 0),
		row("WaitAOF", upstash.WaitAOF(0, 1, 50*time.Millisecond), "WAITAOF 0 1 50", list(1, 0), upstash.AOFWaited{Local: 1}).only(newerRedis),
	}
}

func ttlCases() []cmdCase {
	return []cmdCase{
		row("Expire", upstash.Expire("k", time.Minute), "EXPIRE k 60", 1, true).on("SET k v"),
		row("Expire", upstash.Expire("k", time.Minute), "EXPIRE k 60", 0, false),
		row("Expire", upstash.Expire("k", 60500*time.Millisecond), "PEXPIRE k 60500", 1, true).on("SET k v"),
		row("ExpireIf", upstash.ExpireIf("k", time.Minute, upstash.IfNoTTL), "EXPIRE k 60 NX", 1, true).on("SET k v"),
		row("ExpireIf", upstash.ExpireIf("k", time.Minute, upstash.IfTTL), "EXPIRE k 60 XX", 1, true).on("SET k v EX 100"),
		row("ExpireIf", upstash.ExpireIf("k", 60500*time.Millisecond, upstash.IfShorter), "PEXPIRE k 60500 LT", 1, true).on("SET k v"),
		row("PExpire", upstash.PExpire("k", time.Minute), "PEXPIRE k 60000", 1, true).on("SET k v"),
		row("ExpireAt", upstash.ExpireAt("k", at), "EXPIREAT k 4102444800", 1, true).on("SET k v"),
		row("ExpireAt", upstash.ExpireAt("k", gone), "EXPIREAT k 1000000000", 1, true).on("SET k v"),
		row("ExpireAt", upstash.ExpireAt("k", atMs.Add(999*time.Microsecond)), "PEXPIREAT k 4102444800123", 1, true).on("SET k v"),
		row("ExpireAtIf", upstash.ExpireAtIf("k", at, upstash.IfLonger), "EXPIREAT k 4102444800 GT", 1, true).on("SET k v EX 100"),
		row("ExpireAtIf", upstash.ExpireAtIf("k", atMs, upstash.IfLonger), "PEXPIREAT k 4102444800123 GT", 0, false).on("SET k v"),
		row("PExpireAt", upstash.PExpireAt("k", at), "PEXPIREAT k 4102444800000", 1, true).on("SET k v"),
		row("ExpireTime", upstash.ExpireTime("k"), "EXPIRETIME k", 4102444800, at).on("SET k v EXAT 4102444800"),
		row("ExpireTime", upstash.ExpireTime("k"), "EXPIRETIME k", -1, time.Time{}).on("SET k v"),
		row("PExpireTime", upstash.PExpireTime("k"), "PEXPIRETIME k", int64(4102444800123), atMs).on("SET k v PXAT 4102444800123"),
		row("PExpireTime", upstash.PExpireTime("k"), "PEXPIRETIME k", -2, time.Time{}),
		row("Persist", upstash.Persist("k"), "PERSIST k", 1, true).on("SET k v EX 100"),
		row("TTL", upstash.TTL("k"), "TTL k", 100, 100*time.Second).on("SET k v EX 100"),
		row("TTL", upstash.TTL("k"), "TTL k", -1, upstash.NoTTL).on("SET k v"),
		row("TTL", upstash.TTL("k"), "TTL k", -2, upstash.Missing),
		row("TTL", upstash.TTL("k"), "TTL k", int64(9223372036854775), 1<<63-1).on("SET k v PXAT 9223372036854775807").any(),
		row("PTTL", upstash.PTTL("k"), "PTTL k", 100, 100*time.Millisecond).on("SET k v EX 100").any(),
	}
}

func scanCases() []cmdCase {
	type o = upstash.ScanOptions
	return []cmdCase{
		row("Scan", upstash.Scan("0", o{}), "SCAN 0", list("0", list("k")), upstash.ScanPage{Cursor: "0", Items: []string{"k"}}).on("SET k v"),
		row("Scan", upstash.Scan("17", o{Match: "a*", Count: 5, Type: "hash"}), "SCAN 17 MATCH a* COUNT 5 TYPE hash",
			list("0", list()), upstash.ScanPage{Cursor: "0", Items: []string{}}),
		row("ScanWithType", upstash.ScanWithType("0", o{Count: 5}), "SCAN 0 COUNT 5 WITHTYPE", list("9", list("k", "string", "h", "hash")),
			upstash.ScanTypesPage{Cursor: "9", Keys: []upstash.KeyType{{"k", "string"}, {"h", "hash"}}}).only(upstashOnly),
		row("HScan", upstash.HScan("k", "0", o{Match: "*"}), "HSCAN k 0 MATCH *", list("0", list("f", "v")),
			upstash.HScanPage{Cursor: "0", Fields: []upstash.FieldValue{{"f", "v"}}}).on("HSET k f v"),
		row("SScan", upstash.SScan("k", "0", o{Count: 10}), "SSCAN k 0 COUNT 10", list("0", list("a")),
			upstash.ScanPage{Cursor: "0", Items: []string{"a"}}).on("SADD k a"),
		row("ZScan", upstash.ZScan("k", "0", o{}), "ZSCAN k 0", list("0", list("a", "inf")),
			upstash.ZScanPage{Cursor: "0", Members: []upstash.Member{{"a", inf}}}).on("ZADD k inf a"),
	}
}
