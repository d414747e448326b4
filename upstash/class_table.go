package upstash

// ClassOf returns the class of a command given by its name and arguments, as a
// [Command] has them. Letter case does not matter. A command that is not known
// is Unsafe. It allocates nothing for arguments in upper case.
//
// Options count: SET is Idempotent, SET with NX is Unsafe, GETEX without options
// is ReadOnly. A relative TTL counts as the same data although it starts anew.
func ClassOf(args []string) Class {
	row := classRowOf(args)
	switch {
	case row == nil:
		return Unsafe
	case row.refine != nil:
		return row.refine(args)
	}
	return row.class
}

// A classRow is one line of classTable.
type classRow struct {
	name   string
	class  Class
	refine func(args []string) Class // decides from the arguments; class is not used then
}

// classRowOf finds a command by its first word, then, for commands like SCRIPT
// LOAD, by its first two.
func classRowOf(args []string) *classRow {
	if len(args) == 0 {
		return nil
	}
	if row := searchClass(args[0], ""); row != nil {
		return row
	}
	if len(args) > 1 {
		return searchClass(args[0], args[1])
	}
	return nil
}

// searchClass is a binary search: a sorted array costs nothing at start-up,
// where a map would be built each time a function starts cold.
func searchClass(word, sub string) *classRow {
	low, high := 0, len(classTable)
	for low < high {
		mid := int(uint(low+high) >> 1)
		switch c := compareName(classTable[mid].name, word, sub); {
		case c == 0:
			return &classTable[mid]
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return nil
}

// compareName orders name against word, or "word sub", in any letter case,
// without joining the two.
func compareName(name, word, sub string) int {
	n := len(word)
	total := n
	if sub != "" {
		total += 1 + len(sub)
	}
	for i := 0; i < len(name) && i < total; i++ {
		var b byte
		switch {
		case i < n:
			b = word[i]
		case i == n:
			b = ' '
		default:
			b = sub[i-n-1]
		}
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		if name[i] != b {
			return int(name[i]) - int(b)
		}
	}
	return len(name) - total
}

// classTable classifies every command of Redis 7.0 that concerns data, the ones
// that came since (up to 8.4) and those that only Upstash has. It is sorted.
//
// Source: the read and write flags are those that Redis reports (COMMAND INFO;
// class_table_test.go compares them with a running server), and the command
// reference of Upstash for its own. Whether a repeat leaves the same data and
// answers the same is our reading of each command's documentation; the tests run
// each command twice on a running server. The rules for doubtful cases:
//
//   - A command whose repeat fails although the first run worked is Unsafe, even
//     where the data stay the same (RENAME, XGROUP CREATE, XADD with an id of its
//     own, RESTORE without REPLACE): the caller would be told the opposite of
//     what happened.
//   - So is one whose answer says who won (SETNX, COPY without REPLACE, SET with
//     IFEQ), and one that hands out data that a repeat cannot hand out again
//     (GETSET, GETDEL, GETEX with a time in the past).
//   - A count of what was new (DEL, SADD, HSET, ZADD) makes it Converging. XTRIM
//     with ~ counts as Converging too: a repeat may trim more, but never past the
//     limit that it names.
//   - Tokens, passwords and digests that are computed and not stored are ReadOnly
//     (ACL GENPASS, ACL GENTOKEN). What a server only remembers for itself does not
//     count either (TOUCH, the cached estimate of PFCOUNT).
var classTable = [...]classRow{
	{name: "ACL CAT", class: ReadOnly}, {name: "ACL DELUSER", class: Converging}, {name: "ACL DRYRUN", class: ReadOnly},
	{name: "ACL GENPASS", class: ReadOnly}, {name: "ACL GENTOKEN", class: ReadOnly}, {name: "ACL GETUSER", class: ReadOnly},
	{name: "ACL HELP", class: ReadOnly}, {name: "ACL LIST", class: ReadOnly}, {name: "ACL LOAD", class: Idempotent},
	{name: "ACL LOG", refine: aclLogClass}, {name: "ACL RESTTOKEN", class: ReadOnly}, {name: "ACL SAVE", class: Idempotent},
	{name: "ACL SETUSER", refine: aclSetUserClass}, {name: "ACL USERS", class: ReadOnly}, {name: "ACL WHOAMI", class: ReadOnly},
	{name: "APPEND"}, {name: "ARCOUNT", class: ReadOnly}, {name: "ARDEL", class: Converging}, {name: "ARDELRANGE", class: Converging},
	{name: "ARGET", class: ReadOnly}, {name: "ARGETRANGE", class: ReadOnly}, {name: "ARGREP", class: ReadOnly},
	{name: "ARINFO", class: ReadOnly}, {name: "ARINSERT"}, {name: "ARLASTITEMS", class: ReadOnly}, {name: "ARLEN", class: ReadOnly},
	{name: "ARMGET", class: ReadOnly}, {name: "ARMSET", class: Converging}, {name: "ARNEXT", class: ReadOnly}, {name: "AROP", class: ReadOnly},
	{name: "ARRING"}, {name: "ARSCAN", class: ReadOnly}, {name: "ARSEEK", class: Converging}, {name: "ARSET", class: Converging},
	{name: "BITCOUNT", class: ReadOnly}, {name: "BITFIELD", refine: bitFieldClass}, {name: "BITFIELD_RO", class: ReadOnly},
	{name: "BITOP", refine: bitOpClass}, {name: "BITPOS", class: ReadOnly}, {name: "BLMOVE"}, {name: "BLMPOP"}, {name: "BLPOP"}, {name: "BRPOP"},
	{name: "BRPOPLPUSH"}, {name: "BZMPOP"}, {name: "BZPOPMAX"}, {name: "BZPOPMIN"},
	{name: "COMMAND", class: ReadOnly}, {name: "CONFIG GET", class: ReadOnly}, {name: "CONFIG HELP", class: ReadOnly},
	{name: "CONFIG RESETSTAT", class: Idempotent}, {name: "CONFIG REWRITE", class: Idempotent}, {name: "CONFIG SET", class: Idempotent},
	{name: "COPY", refine: copyClass},
	{name: "DBSIZE", class: ReadOnly}, {name: "DECR"}, {name: "DECRBY"}, {name: "DEL", class: Converging}, {name: "DELEX", class: Converging},
	{name: "DIGEST", class: ReadOnly}, {name: "DUMP", class: ReadOnly},
	{name: "ECHO", class: ReadOnly}, {name: "EVAL"}, {name: "EVALSHA"}, {name: "EVALSHA_RO", class: ReadOnly},
	{name: "EVAL_RO", class: ReadOnly}, {name: "EXISTS", class: ReadOnly}, {name: "EXPIRE", refine: expireClass},
	{name: "EXPIREAT", refine: expireAtClass}, {name: "EXPIRETIME", class: ReadOnly},
	{name: "FCALL"}, {name: "FCALL_RO", class: ReadOnly}, {name: "FLUSHALL", class: Idempotent}, {name: "FLUSHDB", class: Idempotent},
	{name: "FUNCTION DELETE"}, {name: "FUNCTION DUMP", class: ReadOnly}, {name: "FUNCTION FLUSH", class: Idempotent},
	{name: "FUNCTION HELP", class: ReadOnly}, {name: "FUNCTION KILL"}, {name: "FUNCTION LIST", class: ReadOnly},
	{name: "FUNCTION LOAD", refine: functionLoadClass}, {name: "FUNCTION RESTORE", refine: functionRestoreClass},
	{name: "FUNCTION STATS", class: ReadOnly},
	{name: "GEOADD", refine: addClass}, {name: "GEODIST", class: ReadOnly}, {name: "GEOHASH", class: ReadOnly},
	{name: "GEOPOS", class: ReadOnly}, {name: "GEORADIUS", refine: geoRadiusClass}, {name: "GEORADIUSBYMEMBER", refine: geoRadiusByMemberClass},
	{name: "GEORADIUSBYMEMBER_RO", class: ReadOnly}, {name: "GEORADIUS_RO", class: ReadOnly}, {name: "GEOSEARCH", class: ReadOnly},
	{name: "GEOSEARCHSTORE", refine: storeClass}, {name: "GET", class: ReadOnly}, {name: "GETBIT", class: ReadOnly}, {name: "GETDEL"},
	{name: "GETEX", refine: getExClass}, {name: "GETRANGE", class: ReadOnly}, {name: "GETSET"},
	{name: "HDEL", class: Converging}, {name: "HEXISTS", class: ReadOnly}, {name: "HEXPIRE", refine: expireClass},
	{name: "HEXPIREAT", refine: expireAtClass}, {name: "HEXPIRETIME", class: ReadOnly}, {name: "HGET", class: ReadOnly},
	{name: "HGETALL", class: ReadOnly}, {name: "HGETDEL"}, {name: "HGETEX", refine: getExClass}, {name: "HINCRBY"}, {name: "HINCRBYFLOAT"},
	{name: "HKEYS", class: ReadOnly}, {name: "HLEN", class: ReadOnly}, {name: "HMGET", class: ReadOnly}, {name: "HMSET", class: Idempotent},
	{name: "HPERSIST", class: Converging}, {name: "HPEXPIRE", refine: expireClass}, {name: "HPEXPIREAT", refine: pexpireAtClass},
	{name: "HPEXPIRETIME", class: ReadOnly}, {name: "HPTTL", class: ReadOnly}, {name: "HRANDFIELD", class: ReadOnly},
	{name: "HSCAN", class: ReadOnly}, {name: "HSET", class: Converging}, {name: "HSETEX", refine: hsetExClass}, {name: "HSETNX"},
	{name: "HSTRLEN", class: ReadOnly}, {name: "HTTL", class: ReadOnly}, {name: "HVALS", class: ReadOnly},
	{name: "INCR"}, {name: "INCRBY"}, {name: "INCRBYFLOAT"}, {name: "INFO", class: ReadOnly},
	{name: "JSON.ARRAPPEND"}, {name: "JSON.ARRINDEX", class: ReadOnly}, {name: "JSON.ARRINSERT"}, {name: "JSON.ARRLEN", class: ReadOnly},
	{name: "JSON.ARRPOP"}, {name: "JSON.ARRTRIM", refine: jsonTrimClass}, {name: "JSON.CLEAR", class: Converging},
	{name: "JSON.DEBUG", class: ReadOnly}, {name: "JSON.DEL", refine: jsonDelClass}, {name: "JSON.FORGET", refine: jsonDelClass},
	{name: "JSON.GET", class: ReadOnly}, {name: "JSON.MERGE", refine: jsonMergeClass}, {name: "JSON.MGET", class: ReadOnly},
	{name: "JSON.MSET", refine: jsonMSetClass}, {name: "JSON.NUMINCRBY"}, {name: "JSON.NUMMULTBY"}, {name: "JSON.OBJKEYS", class: ReadOnly},
	{name: "JSON.OBJLEN", class: ReadOnly}, {name: "JSON.RESP", class: ReadOnly}, {name: "JSON.SET", refine: jsonSetClass},
	{name: "JSON.STRAPPEND"}, {name: "JSON.STRLEN", class: ReadOnly}, {name: "JSON.TOGGLE"}, {name: "JSON.TYPE", class: ReadOnly},
	{name: "KEYS", class: ReadOnly},
	{name: "LASTSAVE", class: ReadOnly}, {name: "LATENCY DOCTOR", class: ReadOnly}, {name: "LATENCY GRAPH", class: ReadOnly},
	{name: "LATENCY HELP", class: ReadOnly}, {name: "LATENCY HISTOGRAM", class: ReadOnly}, {name: "LATENCY HISTORY", class: ReadOnly},
	{name: "LATENCY LATEST", class: ReadOnly}, {name: "LATENCY RESET", class: Converging}, {name: "LCS", class: ReadOnly},
	{name: "LINDEX", class: ReadOnly}, {name: "LINSERT"}, {name: "LLEN", class: ReadOnly}, {name: "LMOVE"}, {name: "LMPOP"},
	{name: "LOLWUT", class: ReadOnly}, {name: "LPOP"}, {name: "LPOS", class: ReadOnly}, {name: "LPUSH"}, {name: "LPUSHX"},
	{name: "LRANGE", class: ReadOnly}, {name: "LREM", refine: lremClass}, {name: "LSET", class: Idempotent}, {name: "LTRIM", refine: ltrimClass},
	{name: "MEMORY DOCTOR", class: ReadOnly}, {name: "MEMORY HELP", class: ReadOnly}, {name: "MEMORY MALLOC-STATS", class: ReadOnly},
	{name: "MEMORY PURGE", class: Idempotent}, {name: "MEMORY STATS", class: ReadOnly}, {name: "MEMORY USAGE", class: ReadOnly},
	{name: "MGET", class: ReadOnly}, {name: "MIGRATE"}, {name: "MODULE HELP", class: ReadOnly}, {name: "MODULE LIST", class: ReadOnly},
	{name: "MOVE"}, {name: "MSET", class: Idempotent}, {name: "MSETEX", refine: msetExClass}, {name: "MSETNX"},
	{name: "OBJECT ENCODING", class: ReadOnly}, {name: "OBJECT FREQ", class: ReadOnly}, {name: "OBJECT HELP", class: ReadOnly},
	{name: "OBJECT IDLETIME", class: ReadOnly}, {name: "OBJECT REFCOUNT", class: ReadOnly},
	{name: "PERSIST", class: Converging}, {name: "PEXPIRE", refine: expireClass}, {name: "PEXPIREAT", refine: pexpireAtClass},
	{name: "PEXPIRETIME", class: ReadOnly}, {name: "PFADD", class: Converging}, {name: "PFCOUNT", class: ReadOnly}, {name: "PFDEBUG"},
	{name: "PFMERGE", class: Idempotent}, {name: "PFSELFTEST", class: ReadOnly}, {name: "PING", class: ReadOnly},
	{name: "PSETEX", class: Idempotent}, {name: "PTTL", class: ReadOnly}, {name: "PUBLISH"}, {name: "PUBSUB CHANNELS", class: ReadOnly},
	{name: "PUBSUB HELP", class: ReadOnly}, {name: "PUBSUB NUMPAT", class: ReadOnly}, {name: "PUBSUB NUMSUB", class: ReadOnly},
	{name: "PUBSUB SHARDCHANNELS", class: ReadOnly}, {name: "PUBSUB SHARDNUMSUB", class: ReadOnly},
	{name: "RANDOMKEY", class: ReadOnly}, {name: "RENAME"}, {name: "RENAMENX"}, {name: "RESTORE", refine: restoreClass},
	{name: "RESTORE-ASKING"}, {name: "ROLE", class: ReadOnly}, {name: "RPOP"}, {name: "RPOPLPUSH"}, {name: "RPUSH"}, {name: "RPUSHX"},
	{name: "SADD", class: Converging}, {name: "SAVE", class: Idempotent}, {name: "SCAN", class: ReadOnly}, {name: "SCARD", class: ReadOnly},
	{name: "SCRIPT DEBUG"}, {name: "SCRIPT EXISTS", class: ReadOnly}, {name: "SCRIPT FLUSH", class: Idempotent},
	{name: "SCRIPT HELP", class: ReadOnly}, {name: "SCRIPT KILL"}, {name: "SCRIPT LOAD", class: Idempotent}, {name: "SDIFF", class: ReadOnly},
	{name: "SDIFFCARD", class: ReadOnly}, {name: "SDIFFSTORE", refine: storeClass}, {name: "SEARCH.AGGREGATE", class: ReadOnly},
	{name: "SEARCH.ALIASADD", class: Converging}, {name: "SEARCH.ALIASDEL", class: Converging}, {name: "SEARCH.COUNT", class: ReadOnly},
	{name: "SEARCH.CREATE", refine: searchCreateClass}, {name: "SEARCH.DESCRIBE", class: ReadOnly}, {name: "SEARCH.DROP", class: Converging},
	{name: "SEARCH.LISTALIASES", class: ReadOnly}, {name: "SEARCH.LISTINDEXES", class: ReadOnly}, {name: "SEARCH.QUERY", class: ReadOnly},
	{name: "SEARCH.REINDEX", class: Idempotent}, {name: "SEARCH.WAITINDEXING", class: ReadOnly}, {name: "SELECT", class: Idempotent},
	{name: "SET", refine: setClass}, {name: "SETBIT", class: Converging}, {name: "SETEX", class: Idempotent}, {name: "SETNX"},
	{name: "SETRANGE", class: Idempotent}, {name: "SINTER", class: ReadOnly}, {name: "SINTERCARD", class: ReadOnly},
	{name: "SINTERSTORE", class: Idempotent}, {name: "SISMEMBER", class: ReadOnly}, {name: "SLOWLOG GET", class: ReadOnly},
	{name: "SLOWLOG HELP", class: ReadOnly}, {name: "SLOWLOG LEN", class: ReadOnly}, {name: "SLOWLOG RESET", class: Idempotent},
	{name: "SMEMBERS", class: ReadOnly}, {name: "SMISMEMBER", class: ReadOnly}, {name: "SMOVE", class: Converging},
	{name: "SORT", refine: sortClass}, {name: "SORT_RO", class: ReadOnly}, {name: "SPOP"}, {name: "SPUBLISH"},
	{name: "SRANDMEMBER", class: ReadOnly}, {name: "SREM", class: Converging}, {name: "SSCAN", class: ReadOnly},
	{name: "STRLEN", class: ReadOnly}, {name: "SUBSTR", class: ReadOnly}, {name: "SUNION", class: ReadOnly},
	{name: "SUNIONCARD", class: ReadOnly}, {name: "SUNIONSTORE", class: Idempotent}, {name: "SWAPDB"},
	{name: "TIME", class: ReadOnly}, {name: "TOUCH", class: ReadOnly}, {name: "TTL", class: ReadOnly}, {name: "TYPE", class: ReadOnly},
	{name: "UNLINK", class: Converging},
	{name: "VADD", class: Converging}, {name: "VCARD", class: ReadOnly}, {name: "VDIM", class: ReadOnly}, {name: "VEMB", class: ReadOnly},
	{name: "VGETATTR", class: ReadOnly}, {name: "VINFO", class: ReadOnly}, {name: "VISMEMBER", class: ReadOnly},
	{name: "VLINKS", class: ReadOnly}, {name: "VRANDMEMBER", class: ReadOnly}, {name: "VRANGE", class: ReadOnly},
	{name: "VREM", class: Converging}, {name: "VSETATTR", class: Idempotent}, {name: "VSIM", class: ReadOnly},
	{name: "WAIT", class: ReadOnly}, {name: "WAITAOF", class: ReadOnly},
	{name: "XACK", class: Converging}, {name: "XACKDEL", class: Converging}, {name: "XADD"}, {name: "XAUTOCLAIM"}, {name: "XCLAIM"},
	{name: "XDEL", class: Converging}, {name: "XDELEX", class: Converging}, {name: "XGROUP CREATE"},
	{name: "XGROUP CREATECONSUMER", class: Converging}, {name: "XGROUP DELCONSUMER", class: Converging},
	{name: "XGROUP DESTROY", class: Converging}, {name: "XGROUP HELP", class: ReadOnly}, {name: "XGROUP SETID", class: Idempotent},
	{name: "XINFO CONSUMERS", class: ReadOnly}, {name: "XINFO GROUPS", class: ReadOnly}, {name: "XINFO HELP", class: ReadOnly},
	{name: "XINFO STREAM", class: ReadOnly}, {name: "XLEN", class: ReadOnly}, {name: "XPENDING", class: ReadOnly},
	{name: "XRANGE", class: ReadOnly}, {name: "XREAD", class: ReadOnly}, {name: "XREADGROUP"}, {name: "XREVRANGE", class: ReadOnly},
	{name: "XSETID", class: Idempotent}, {name: "XTRIM", class: Converging},
	{name: "ZADD", refine: addClass}, {name: "ZCARD", class: ReadOnly}, {name: "ZCOUNT", class: ReadOnly}, {name: "ZDIFF", class: ReadOnly},
	{name: "ZDIFFSTORE", refine: storeClass}, {name: "ZINCRBY"}, {name: "ZINTER", class: ReadOnly}, {name: "ZINTERCARD", class: ReadOnly},
	{name: "ZINTERSTORE", refine: storeClass}, {name: "ZLEXCOUNT", class: ReadOnly}, {name: "ZMPOP"}, {name: "ZMSCORE", class: ReadOnly},
	{name: "ZPOPMAX"}, {name: "ZPOPMIN"}, {name: "ZRANDMEMBER", class: ReadOnly}, {name: "ZRANGE", class: ReadOnly},
	{name: "ZRANGEBYLEX", class: ReadOnly}, {name: "ZRANGEBYSCORE", class: ReadOnly}, {name: "ZRANGESTORE", refine: storeClass},
	{name: "ZRANK", class: ReadOnly}, {name: "ZREM", class: Converging}, {name: "ZREMRANGEBYLEX", class: Converging}, {name: "ZREMRANGEBYRANK"},
	{name: "ZREMRANGEBYSCORE", class: Converging}, {name: "ZREVRANGE", class: ReadOnly}, {name: "ZREVRANGEBYLEX", class: ReadOnly},
	{name: "ZREVRANGEBYSCORE", class: ReadOnly}, {name: "ZREVRANK", class: ReadOnly}, {name: "ZSCAN", class: ReadOnly},
	{name: "ZSCORE", class: ReadOnly}, {name: "ZUNION", class: ReadOnly}, {name: "ZUNIONSTORE", refine: storeClass},
}
