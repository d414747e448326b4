//go:build !wasm

package devserver

var (
	overrides     map[string]override
	extraCommands map[string]extraCommand
)

func init() {
	overrides = map[string]override{
		"SET":         setWithCondition,
		"GETEX":       withOption("GETEX", 2),
		"SETEX":       setEx("EX"),
		"PSETEX":      setEx("PX"),
		"EXPIRE":      expire("EX"),
		"PEXPIRE":     expire("PX"),
		"EXPIREAT":    expire("EXAT"),
		"PEXPIREAT":   expire("PXAT"),
		"TTL":         ttl(false, true),
		"PTTL":        ttl(false, false),
		"EXPIRETIME":  ttl(true, true),
		"PEXPIRETIME": ttl(true, false),
		"RENAME":      moves("RENAME"),
		"RENAMENX":    moves("RENAMENX"),
		"COPY":        moves("COPY"),
		"RESTORE":     restore,
		"DELEX":       delEx,
		"COMMAND":     commandGetKeys,
		"PUBLISH":     publish,
		"PUBSUB":      pubsub,
		"INFO":        info,

		"HEXPIRE":      asOverride(hashExpire("EX")),
		"HPEXPIRE":     asOverride(hashExpire("PX")),
		"HEXPIREAT":    asOverride(hashExpire("EXAT")),
		"HPEXPIREAT":   asOverride(hashExpire("PXAT")),
		"HTTL":         asOverride(hashTTL(false, true)),
		"HPTTL":        asOverride(hashTTL(false, false)),
		"HEXPIRETIME":  asOverride(hashTTL(true, true)),
		"HPEXPIRETIME": asOverride(hashTTL(true, false)),
		"HSETEX":       hashSetEx,
		"HDEL":         hashWrite(1),
		"HSET":         hashWrite(2),
		"HMSET":        hashWrite(2),
		"BITOP":        bitOp,
		"XINFO":        xInfo,
		"TYPE":         typeOf,
		"PFCOUNT":      pfCount,
		"FLUSHALL":     flush("FLUSHALL"),
		"FLUSHDB":      flush("FLUSHDB"),
		"GEOPOS":       asOverride(geoPos),
		"GEODIST":      asOverride(geoDist),
	}
}

func init() {
	extraCommands = map[string]extraCommand{
		"DIGEST": digestCommand,

		// These exist only as overrides; the registration makes them known.
		"HPEXPIRE":     hashExpire("PX"),
		"HEXPIREAT":    hashExpire("EXAT"),
		"HPEXPIREAT":   hashExpire("PXAT"),
		"HEXPIRETIME":  hashTTL(true, true),
		"HPEXPIRETIME": hashTTL(true, false),

		"HGETEX":         hashGetEx,
		"HGETDEL":        hashGetDel,
		"ZDIFF":          zDiff,
		"ZDIFFSTORE":     zDiffStore,
		"ZINTERCARD":     zInterCard,
		"ZRANGESTORE":    zRangeStore,
		"GEOHASH":        geoHash,
		"GEOSEARCHSTORE": geoSearchStore,
		"BITFIELD":       bitField(false),
		"BITFIELD_RO":    bitField(true),
		"SUBSTR":         substr,
		"XDELEX":         xDelEx,
		"XACKDEL":        xAckDel,
		"FUNCTION":       function,
		"FCALL":          fcall(false),
		"FCALL_RO":       fcall(true),
		"WAITAOF":        waitAOF,
	}
}
