package upstash

// Commands on sets: https://redis.io/docs/latest/commands/?group=set.

// SAdd adds members and returns how many were new. It is Converging.
func SAdd(key string, members ...any) Cmd[int64] {
	b := build(Converging, 2+len(members), "SADD", key)
	b.vals(members, "member")
	return As(b.done(), Reply.Int64)
}

// SCard returns the number of members, 0 when the key is missing.
func SCard(key string) Cmd[int64] { return As(read("SCARD", key), Reply.Int64) }

// SDiff returns the members of the first set that are in no other.
func SDiff(keys ...string) Cmd[[]string] { return setAlgebra("SDIFF", keys) }

// SInter returns the members that all sets have.
func SInter(keys ...string) Cmd[[]string] { return setAlgebra("SINTER", keys) }

// SUnion returns the members that any of the sets has.
func SUnion(keys ...string) Cmd[[]string] { return setAlgebra("SUNION", keys) }

func setAlgebra(name string, keys []string) Cmd[[]string] {
	b := build(ReadOnly, 1+len(keys), name)
	b.strs(keys, "key")
	return As(b.done(), Reply.Strings)
}

// SDiffStore stores the [SDiff] at dest and returns its size. It is Idempotent,
// unless dest is a source.
func SDiffStore(dest string, keys ...string) Cmd[int64] {
	b := build(Idempotent, 2+len(keys), "SDIFFSTORE", dest)
	b.strs(keys, "key")
	return As(b.refined(storeClass), Reply.Int64)
}

// SInterStore stores the [SInter] at dest and returns its size.
func SInterStore(dest string, keys ...string) Cmd[int64] {
	b := build(Idempotent, 2+len(keys), "SINTERSTORE", dest)
	b.strs(keys, "key")
	return As(b.done(), Reply.Int64)
}

// SUnionStore stores the [SUnion] at dest and returns its size.
func SUnionStore(dest string, keys ...string) Cmd[int64] {
	b := build(Idempotent, 2+len(keys), "SUNIONSTORE", dest)
	b.strs(keys, "key")
	return As(b.done(), Reply.Int64)
}

// SInterCard returns the size of the [SInter], but counts no further than limit;
// 0 means no limit.
func SInterCard(limit int64, keys ...string) Cmd[int64] {
	b := build(ReadOnly, 4+len(keys), "SINTERCARD")
	b.counted(keys, "key")
	if limit != 0 {
		b.str("LIMIT", itoa64(limit))
	}
	return As(b.done(), Reply.Int64)
}

// SIsMember reports whether the set at key has the member.
func SIsMember(key string, member any) Cmd[bool] {
	b := build(ReadOnly, 3, "SISMEMBER", key)
	b.val(member)
	return As(b.done(), Reply.Bool)
}

// SMembers returns all members, none when the key is missing.
func SMembers(key string) Cmd[[]string] { return As(read("SMEMBERS", key), Reply.Strings) }

// SMIsMember reports for each member whether the set at key has it.
func SMIsMember(key string, members ...any) Cmd[[]bool] {
	b := build(ReadOnly, 2+len(members), "SMISMEMBER", key)
	b.vals(members, "member")
	return As(b.done(), Reply.Bools)
}

// SMove moves a member to another set; false means that source does not have it.
// It is Converging.
func SMove(source, dest string, member any) Cmd[bool] {
	b := build(Converging, 4, "SMOVE", source, dest)
	b.val(member)
	return As(b.done(), Reply.Bool)
}

// SPop takes some member; [ErrNil] when the key is missing.
func SPop(key string) Cmd[string] { return As(write("SPOP", key), Reply.Text) }

// SPopN takes up to count members; none when the key is missing.
func SPopN(key string, count int64) Cmd[[]string] {
	return As(write("SPOP", key, itoa64(count)), Reply.Strings)
}

// SRandMember returns some member; [ErrNil] when the key is missing.
func SRandMember(key string) Cmd[string] { return As(read("SRANDMEMBER", key), Reply.Text) }

// SRandMemberN returns count different members, or fewer when there are fewer;
// with a negative count, exactly -count that may repeat.
func SRandMemberN(key string, count int64) Cmd[[]string] {
	return As(read("SRANDMEMBER", key, itoa64(count)), Reply.Strings)
}

// SRem removes members and returns how many there were. It is Converging.
func SRem(key string, members ...any) Cmd[int64] {
	b := build(Converging, 2+len(members), "SREM", key)
	b.vals(members, "member")
	return As(b.done(), Reply.Int64)
}
