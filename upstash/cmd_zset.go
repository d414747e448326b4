package upstash

// Commands on sorted sets: https://redis.io/docs/latest/commands/?group=sorted-set.
// The blocking ones do not work over REST.

// A Member is a member of a sorted set. Scores may be infinite.
type Member struct {
	Name  string
	Score float64
}

// ZAddOptions are the options of ZADD. NX excludes XX, GT and LT; GT excludes LT.
type ZAddOptions struct {
	// NX only adds, XX only updates.
	NX, XX bool
	// GT updates only to a greater score, LT only to a lower one; both still add.
	GT, LT bool
	// CH counts updated members too.
	CH bool
}

func (b *builder) zadd(o ZAddOptions) {
	b.atMostOne("NX and XX", o.NX, o.XX)
	b.atMostOne("NX, GT and LT", o.NX, o.GT, o.LT)
	b.flag(o.NX, "NX")
	b.flag(o.XX, "XX")
	b.flag(o.GT, "GT")
	b.flag(o.LT, "LT")
	b.flag(o.CH, "CH")
}

// ZAdd adds or updates members and returns how many were new. It is Converging.
func ZAdd(key string, members ...Member) Cmd[int64] {
	return ZAddWith(key, ZAddOptions{}, members...)
}

// ZAddWith is [ZAdd] with options. With XX and without CH it is Idempotent.
func ZAddWith(key string, o ZAddOptions, members ...Member) Cmd[int64] {
	b := build(Converging, 5+2*len(members), "ZADD", key)
	b.zadd(o)
	b.need(len(members), "member")
	for _, m := range members {
		b.float(m.Score)
		b.str(m.Name)
	}
	return As(b.refined(addClass), Reply.Int64)
}

// ZAddIncr adds the score of m to the member's and returns the result; [ErrNil]
// when an option prevented it.
func ZAddIncr(key string, o ZAddOptions, m Member) Cmd[float64] {
	b := build(Unsafe, 8, "ZADD", key)
	b.zadd(o)
	b.str("INCR")
	b.float(m.Score)
	b.str(m.Name)
	return As(b.done(), Reply.Float64)
}

// ZCard returns the number of members, 0 when the key is missing.
func ZCard(key string) Cmd[int64] { return As(read("ZCARD", key), Reply.Int64) }

// ZCount returns the number of members with a score of lo to hi. Both are
// numbers as text: "1.5", "(1.5" without the bound itself, "-inf", "+inf".
func ZCount(key, lo, hi string) Cmd[int64] {
	return As(read("ZCOUNT", key, lo, hi), Reply.Int64)
}

// ZIncrBy adds delta to the score of a member, 0 when it is missing, and returns
// the result.
func ZIncrBy(key string, delta float64, member string) Cmd[float64] {
	b := build(Unsafe, 4, "ZINCRBY", key)
	b.float(delta)
	b.str(member)
	return As(b.done(), Reply.Float64)
}

// ZLexCount returns the number of members from lo to hi by name, where all scores
// are equal. Both begin with "[" (included) or "(" (excluded), or are "-" or "+".
func ZLexCount(key, lo, hi string) Cmd[int64] {
	return As(read("ZLEXCOUNT", key, lo, hi), Reply.Int64)
}

// ZMScore returns the score of each member, nil where it is missing.
func ZMScore(key string, members ...string) Cmd[[]*float64] {
	b := build(ReadOnly, 2+len(members), "ZMSCORE", key)
	b.strs(members, "member")
	return As(b.done(), Reply.OptionalFloat64s)
}

// A ScoreEnd is an end of a sorted set.
type ScoreEnd string

const (
	// Lowest takes members with the lowest scores.
	Lowest ScoreEnd = "MIN"
	// Highest takes members with the highest scores.
	Highest ScoreEnd = "MAX"
)

// KeyMembers is a key and members that were taken from it.
type KeyMembers struct {
	Key     string
	Members []Member
}

// ZMPop takes up to count members from one end of the first sorted set that is
// not empty; [ErrNil] when all are.
func ZMPop(from ScoreEnd, count int64, keys ...string) Cmd[KeyMembers] {
	b := build(Unsafe, 5+len(keys), "ZMPOP")
	b.counted(keys, "key")
	b.str(string(from), "COUNT", itoa64(count))
	return As(b.done(), Reply.keyMembers)
}

// ZPopMax takes up to count members with the highest scores; none when the key is
// missing.
func ZPopMax(key string, count int64) Cmd[[]Member] {
	return As(write("ZPOPMAX", key, itoa64(count)), Reply.Members)
}

// ZPopMin takes up to count members with the lowest scores; none when the key is
// missing.
func ZPopMin(key string, count int64) Cmd[[]Member] {
	return As(write("ZPOPMIN", key, itoa64(count)), Reply.Members)
}

// ZRandMember returns some member; [ErrNil] when the key is missing.
func ZRandMember(key string) Cmd[string] { return As(read("ZRANDMEMBER", key), Reply.Text) }

// ZRandMemberN returns count different members, or fewer when there are fewer;
// with a negative count, exactly -count that may repeat.
func ZRandMemberN(key string, count int64) Cmd[[]string] {
	return As(read("ZRANDMEMBER", key, itoa64(count)), Reply.Strings)
}

// ZRandMemberWithScores is [ZRandMemberN] with scores.
func ZRandMemberWithScores(key string, count int64) Cmd[[]Member] {
	return As(read("ZRANDMEMBER", key, itoa64(count), "WITHSCORES"), Reply.Members)
}

// A RankScore is the rank of a member and its score.
type RankScore struct {
	Rank  int64
	Score float64
}

// ZRank returns the rank of a member, 0 for the lowest score; [ErrNil] when it is
// missing.
func ZRank(key, member string) Cmd[int64] { return As(read("ZRANK", key, member), Reply.Int64) }

// ZRankWithScore is [ZRank] with the score.
func ZRankWithScore(key, member string) Cmd[RankScore] {
	return As(read("ZRANK", key, member, "WITHSCORE"), Reply.rankScore)
}

// ZRevRank returns the rank of a member, 0 for the highest score; [ErrNil] when
// it is missing.
func ZRevRank(key, member string) Cmd[int64] {
	return As(read("ZREVRANK", key, member), Reply.Int64)
}

// ZRevRankWithScore is [ZRevRank] with the score.
func ZRevRankWithScore(key, member string) Cmd[RankScore] {
	return As(read("ZREVRANK", key, member, "WITHSCORE"), Reply.rankScore)
}

// ZRem removes members and returns how many there were. It is Converging.
func ZRem(key string, members ...string) Cmd[int64] {
	b := build(Converging, 2+len(members), "ZREM", key)
	b.strs(members, "member")
	return As(b.done(), Reply.Int64)
}

// ZRemRangeByLex removes the members that [ZLexCount] counts and returns how many.
func ZRemRangeByLex(key, lo, hi string) Cmd[int64] {
	return As(conv("ZREMRANGEBYLEX", key, lo, hi), Reply.Int64)
}

// ZRemRangeByRank removes the members of rank start to stop, both included, and
// returns how many. It is Unsafe to repeat: ranks move up.
func ZRemRangeByRank(key string, start, stop int64) Cmd[int64] {
	return As(write("ZREMRANGEBYRANK", key, itoa64(start), itoa64(stop)), Reply.Int64)
}

// ZRemRangeByScore removes the members that [ZCount] counts and returns how many.
func ZRemRangeByScore(key, lo, hi string) Cmd[int64] {
	return As(conv("ZREMRANGEBYSCORE", key, lo, hi), Reply.Int64)
}

// ZScore returns the score of a member; [ErrNil] when it is missing.
func ZScore(key, member string) Cmd[float64] {
	return As(read("ZSCORE", key, member), Reply.Float64)
}
