package upstash

// Unions, intersections and differences of sorted sets.

// An Aggregate says how scores of the same member are combined.
type Aggregate string

const (
	// AggregateSum adds them; the server's default.
	AggregateSum Aggregate = "SUM"
	// AggregateMin takes the lowest.
	AggregateMin Aggregate = "MIN"
	// AggregateMax takes the highest.
	AggregateMax Aggregate = "MAX"
)

// ZCombine says how scores are combined. The zero value adds them up.
type ZCombine struct {
	// Weights multiply the scores of each key; empty means 1. Their number must
	// be that of the keys.
	Weights []float64
	// Aggregate is how the products are combined; "" means [AggregateSum].
	Aggregate Aggregate
}

func (b *builder) combine(o ZCombine, keys []string) {
	b.counted(keys, "key")
	if len(o.Weights) != 0 {
		if len(o.Weights) != len(keys) {
			b.fail(0, "needs as many Weights as keys")
		}
		b.str("WEIGHTS")
		for _, w := range o.Weights {
			b.float(w)
		}
	}
	if o.Aggregate != "" {
		b.str("AGGREGATE", string(o.Aggregate))
	}
}

// ZDiff returns the members of the first sorted set that are in no other.
func ZDiff(keys ...string) Cmd[[]string] {
	b := build(ReadOnly, 2+len(keys), "ZDIFF")
	b.counted(keys, "key")
	return As(b.done(), Reply.Strings)
}

// ZDiffWithScores is [ZDiff] with scores.
func ZDiffWithScores(keys ...string) Cmd[[]Member] {
	b := build(ReadOnly, 3+len(keys), "ZDIFF")
	b.counted(keys, "key")
	b.str("WITHSCORES")
	return As(b.done(), Reply.Members)
}

// ZDiffStore stores the [ZDiff] at dest and returns its size. It is Idempotent,
// unless dest is a source.
func ZDiffStore(dest string, keys ...string) Cmd[int64] {
	b := build(Idempotent, 3+len(keys), "ZDIFFSTORE", dest)
	b.counted(keys, "key")
	return As(b.refined(storeClass), Reply.Int64)
}

// ZInter returns the members that all sorted sets have, by their combined score.
func ZInter(o ZCombine, keys ...string) Cmd[[]string] {
	return As(zalgebra("ZINTER", o, keys, false), Reply.Strings)
}

// ZInterWithScores is [ZInter] with the combined scores.
func ZInterWithScores(o ZCombine, keys ...string) Cmd[[]Member] {
	return As(zalgebra("ZINTER", o, keys, true), Reply.Members)
}

// ZInterCard returns the size of the [ZInter], but counts no further than limit;
// 0 means no limit.
func ZInterCard(limit int64, keys ...string) Cmd[int64] {
	b := build(ReadOnly, 4+len(keys), "ZINTERCARD")
	b.counted(keys, "key")
	if limit != 0 {
		b.str("LIMIT", itoa64(limit))
	}
	return As(b.done(), Reply.Int64)
}

// ZInterStore stores the [ZInter] at dest and returns its size. It is Idempotent,
// unless dest is a source.
func ZInterStore(dest string, o ZCombine, keys ...string) Cmd[int64] {
	return zstore("ZINTERSTORE", dest, o, keys)
}

// ZUnion returns the members that any sorted set has, by their combined score.
func ZUnion(o ZCombine, keys ...string) Cmd[[]string] {
	return As(zalgebra("ZUNION", o, keys, false), Reply.Strings)
}

// ZUnionWithScores is [ZUnion] with the combined scores.
func ZUnionWithScores(o ZCombine, keys ...string) Cmd[[]Member] {
	return As(zalgebra("ZUNION", o, keys, true), Reply.Members)
}

// ZUnionStore stores the [ZUnion] at dest and returns its size. It is Idempotent,
// unless dest is a source.
func ZUnionStore(dest string, o ZCombine, keys ...string) Cmd[int64] {
	return zstore("ZUNIONSTORE", dest, o, keys)
}

func zalgebra(name string, o ZCombine, keys []string, scores bool) Command {
	b := build(ReadOnly, 6+len(keys)+len(o.Weights), name)
	b.combine(o, keys)
	b.flag(scores, "WITHSCORES")
	return b.done()
}

func zstore(name, dest string, o ZCombine, keys []string) Cmd[int64] {
	b := build(Idempotent, 6+len(keys)+len(o.Weights), name, dest)
	b.combine(o, keys)
	return As(b.refined(storeClass), Reply.Int64)
}
