package upstash

// Ranges of sorted sets.

// ZRange returns the members of rank start to stop, both included; negative ranks
// count from the highest score. A missing key gives none.
func ZRange(key string, start, stop int64) Cmd[[]string] {
	return As(read("ZRANGE", key, itoa64(start), itoa64(stop)), Reply.Strings)
}

// ZRangeWithScores is [ZRange] with scores.
func ZRangeWithScores(key string, start, stop int64) Cmd[[]Member] {
	return As(read("ZRANGE", key, itoa64(start), itoa64(stop), "WITHSCORES"), Reply.Members)
}

// ZRevRange is [ZRange] from the highest score down.
func ZRevRange(key string, start, stop int64) Cmd[[]string] {
	return As(read("ZREVRANGE", key, itoa64(start), itoa64(stop)), Reply.Strings)
}

// ZRevRangeWithScores is [ZRevRange] with scores.
func ZRevRangeWithScores(key string, start, stop int64) Cmd[[]Member] {
	return As(read("ZREVRANGE", key, itoa64(start), itoa64(stop), "WITHSCORES"), Reply.Members)
}

// A ZRangeBy is a range by score ("1.5", "(1.5", "-inf", "+inf") or by name ("[a",
// "(a", "-", "+"), as the command says.
type ZRangeBy struct {
	// Min and Max are the lower and the upper bound, also for the commands that
	// return members in reverse.
	Min, Max string
	// Offset skips members. It needs Count.
	Offset int64
	// Count is the most members to return; 0 means all, negative means all after
	// Offset.
	Count int64
}

// ZRangeByScore returns members by rising score.
func ZRangeByScore(key string, r ZRangeBy) Cmd[[]string] {
	return As(zrangeBy("ZRANGEBYSCORE", key, r, false), Reply.Strings)
}

// ZRangeByScoreWithScores is [ZRangeByScore] with scores.
func ZRangeByScoreWithScores(key string, r ZRangeBy) Cmd[[]Member] {
	return As(zrangeBy("ZRANGEBYSCORE", key, r, true), Reply.Members)
}

// ZRangeByLex returns members by name, where all scores are equal.
func ZRangeByLex(key string, r ZRangeBy) Cmd[[]string] {
	return As(zrangeBy("ZRANGEBYLEX", key, r, false), Reply.Strings)
}

// ZRevRangeByScore returns members by falling score.
func ZRevRangeByScore(key string, r ZRangeBy) Cmd[[]string] {
	r.Min, r.Max = r.Max, r.Min
	return As(zrangeBy("ZREVRANGEBYSCORE", key, r, false), Reply.Strings)
}

// ZRevRangeByScoreWithScores is [ZRevRangeByScore] with scores.
func ZRevRangeByScoreWithScores(key string, r ZRangeBy) Cmd[[]Member] {
	r.Min, r.Max = r.Max, r.Min
	return As(zrangeBy("ZREVRANGEBYSCORE", key, r, true), Reply.Members)
}

// ZRevRangeByLex returns members by name in reverse, where all scores are equal.
func ZRevRangeByLex(key string, r ZRangeBy) Cmd[[]string] {
	r.Min, r.Max = r.Max, r.Min
	return As(zrangeBy("ZREVRANGEBYLEX", key, r, false), Reply.Strings)
}

func zrangeBy(name, key string, r ZRangeBy, scores bool) Command {
	b := build(ReadOnly, 8, name, key, r.Min, r.Max)
	b.flag(scores, "WITHSCORES")
	b.limit(r.Offset, r.Count)
	return b.done()
}

// limit appends LIMIT offset count where one of them is set.
func (b *builder) limit(offset, count int64) {
	switch {
	case count != 0:
		b.str("LIMIT", itoa64(offset), itoa64(count))
	case offset != 0:
		b.fail(0, "has an Offset without a Count")
	}
}

// ZRangeKind says what the bounds of a [ZRangeSpec] are.
type ZRangeKind string

const (
	// ByRank: the bounds are ranks.
	ByRank ZRangeKind = ""
	// ByScore: the bounds are scores, as in [ZRangeBy].
	ByScore ZRangeKind = "BYSCORE"
	// ByLex: the bounds are names, as in [ZRangeBy].
	ByLex ZRangeKind = "BYLEX"
)

// A ZRangeSpec is a range of [ZRangeArgs]. The zero value of By means ranks.
type ZRangeSpec struct {
	// Start and Stop are the bounds, both included unless written with "(".
	// With Rev they still run from low to high, as in [ZRangeBy].
	Start, Stop string
	By          ZRangeKind
	// Rev returns members from the highest down; ranks then count from there.
	Rev bool
	// Offset and Count are as in [ZRangeBy]; they need ByScore or ByLex.
	Offset, Count int64
}

// ZRangeArgs returns members of any kind of range.
func ZRangeArgs(key string, s ZRangeSpec) Cmd[[]string] {
	b := build(ReadOnly, 9, "ZRANGE", key)
	b.zrange(s)
	return As(b.done(), Reply.Strings)
}

// ZRangeArgsWithScores is [ZRangeArgs] with scores.
func ZRangeArgsWithScores(key string, s ZRangeSpec) Cmd[[]Member] {
	b := build(ReadOnly, 10, "ZRANGE", key)
	b.zrange(s)
	b.str("WITHSCORES")
	return As(b.done(), Reply.Members)
}

// ZRangeStore stores a range of source at dest and returns its size. It is
// Idempotent, unless the two are the same.
func ZRangeStore(dest, source string, s ZRangeSpec) Cmd[int64] {
	b := build(Idempotent, 10, "ZRANGESTORE", dest, source)
	b.zrange(s)
	return As(b.refined(storeClass), Reply.Int64)
}

func (b *builder) zrange(s ZRangeSpec) {
	if s.Rev && s.By != ByRank {
		s.Start, s.Stop = s.Stop, s.Start // Redis wants the upper bound first
	}
	if s.By == ByRank && (s.Count != 0 || s.Offset != 0) {
		b.fail(0, "can have Offset and Count only with ByScore or ByLex")
	}
	b.str(s.Start, s.Stop)
	b.flag(s.By != ByRank, string(s.By))
	b.flag(s.Rev, "REV")
	b.limit(s.Offset, s.Count)
}
