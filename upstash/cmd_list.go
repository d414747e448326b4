package upstash

// Commands on lists: https://redis.io/docs/latest/commands/?group=list. The
// blocking ones do not work over REST.

// A Side is an end of a list.
type Side string

const (
	// Left is the head of a list.
	Left Side = "LEFT"
	// Right is its tail.
	Right Side = "RIGHT"
)

// A KeyValues is a key and elements that were taken from it.
type KeyValues struct {
	Key    string
	Values []string
}

// LIndex returns the element at an index, from the tail when it is negative;
// [ErrNil] when there is none.
func LIndex(key string, index int64) Cmd[string] {
	return As(read("LINDEX", key, itoa64(index)), Reply.Text)
}

// LInsertBefore inserts value before the first element equal to pivot and returns
// the new length: -1 when there is no such element, 0 when the key is missing.
func LInsertBefore(key string, pivot, value any) Cmd[int64] {
	return linsert(key, "BEFORE", pivot, value)
}

// LInsertAfter is [LInsertBefore] behind the element.
func LInsertAfter(key string, pivot, value any) Cmd[int64] {
	return linsert(key, "AFTER", pivot, value)
}

func linsert(key, where string, pivot, value any) Cmd[int64] {
	b := build(Unsafe, 5, "LINSERT", key, where)
	b.val(pivot)
	b.val(value)
	return As(b.done(), Reply.Int64)
}

// LLen returns the length of the list at key, 0 when it is missing.
func LLen(key string) Cmd[int64] { return As(read("LLEN", key), Reply.Int64) }

// LMove takes an element from one end of source, adds it to an end of dest and
// returns it; [ErrNil] when source is missing.
func LMove(source, dest string, from, to Side) Cmd[string] {
	return As(write("LMOVE", source, dest, string(from), string(to)), Reply.Text)
}

// LMPop takes up to count elements from one end of the first list that is not
// empty; [ErrNil] when all are.
func LMPop(from Side, count int64, keys ...string) Cmd[KeyValues] {
	b := build(Unsafe, 5+len(keys), "LMPOP")
	b.counted(keys, "key")
	b.str(string(from), "COUNT", itoa64(count))
	return As(b.done(), Reply.keyValues)
}

func (r Reply) keyValues() (kv KeyValues, err error) {
	if err := r.check(); err != nil {
		return kv, err
	}
	if !r.IsArray() || r.Len() != 2 {
		return kv, r.mismatch("array of key and values")
	}
	if kv.Key, err = r.Index(0).Text(); err != nil {
		return KeyValues{}, err
	}
	kv.Values, err = r.Index(1).Strings()
	return kv, err
}

// LPop takes the first element; [ErrNil] when the key is missing.
func LPop(key string) Cmd[string] { return As(write("LPOP", key), Reply.Text) }

// LPopCount takes up to count elements from the head. A missing key gives
// [ErrNil].
func LPopCount(key string, count int64) Cmd[[]string] {
	return As(write("LPOP", key, itoa64(count)), Reply.Strings)
}

// LPosOptions are the options of LPOS.
type LPosOptions struct {
	// Rank is the match to begin with: 2 is the second, -1 the last. 0 means the
	// first.
	Rank int64
	// MaxLen is how many elements to compare; 0 means all.
	MaxLen int64
}

func (b *builder) lpos(o LPosOptions) {
	if o.Rank != 0 {
		b.str("RANK", itoa64(o.Rank))
	}
	if o.MaxLen != 0 {
		b.str("MAXLEN", itoa64(o.MaxLen))
	}
}

// LPos returns the index of an element; [ErrNil] when there is no such element.
func LPos(key string, value any, o LPosOptions) Cmd[int64] {
	b := build(ReadOnly, 7, "LPOS", key)
	b.val(value)
	b.lpos(o)
	return As(b.done(), Reply.Int64)
}

// LPosCount returns the indexes of up to count matches, 0 meaning all; none when
// there is no such element.
func LPosCount(key string, value any, count int64, o LPosOptions) Cmd[[]int64] {
	b := build(ReadOnly, 9, "LPOS", key)
	b.val(value)
	b.str("COUNT", itoa64(count))
	b.lpos(o)
	return As(b.done(), Reply.Int64s)
}

// LPush adds values at the head, one after the other, and returns the new length.
func LPush(key string, values ...any) Cmd[int64] { return push("LPUSH", key, values) }

// LPushX is [LPush] if the list exists; 0 means that it does not.
func LPushX(key string, values ...any) Cmd[int64] { return push("LPUSHX", key, values) }

// RPush adds values at the tail and returns the new length.
func RPush(key string, values ...any) Cmd[int64] { return push("RPUSH", key, values) }

// RPushX is [RPush] if the list exists; 0 means that it does not.
func RPushX(key string, values ...any) Cmd[int64] { return push("RPUSHX", key, values) }

func push(name, key string, values []any) Cmd[int64] {
	b := build(Unsafe, 2+len(values), name, key)
	b.vals(values, "value")
	return As(b.done(), Reply.Int64)
}

// LRange returns the elements start to stop, both included; negative indexes
// count from the tail. A missing key gives none.
func LRange(key string, start, stop int64) Cmd[[]string] {
	return As(read("LRANGE", key, itoa64(start), itoa64(stop)), Reply.Strings)
}

// LRem removes elements equal to value and returns how many: the first count, the
// last -count, or all with 0. It is Unsafe to repeat, with 0 Converging.
func LRem(key string, count int64, value any) Cmd[int64] {
	b := build(Unsafe, 4, "LREM", key, itoa64(count))
	b.val(value)
	return As(b.refined(lremClass), Reply.Int64)
}

// LSet replaces the element at an index; one that does not exist is a server
// error. It is Idempotent.
func LSet(key string, index int64, value any) Cmd[struct{}] {
	b := build(Idempotent, 4, "LSET", key, itoa64(index))
	b.val(value)
	return As(b.done(), Reply.OK)
}

// LTrim keeps only the elements start to stop. It is Idempotent when it keeps the
// first n or the last n, else Unsafe to repeat.
func LTrim(key string, start, stop int64) Cmd[struct{}] {
	b := build(Unsafe, 4, "LTRIM", key, itoa64(start), itoa64(stop))
	return As(b.refined(ltrimClass), Reply.OK)
}

// RPop takes the last element; [ErrNil] when the key is missing.
func RPop(key string) Cmd[string] { return As(write("RPOP", key), Reply.Text) }

// RPopCount takes up to count elements from the tail. A missing key gives
// [ErrNil].
func RPopCount(key string, count int64) Cmd[[]string] {
	return As(write("RPOP", key, itoa64(count)), Reply.Strings)
}

// RPopLPush is [LMove] from the right of source to the left of dest.
func RPopLPush(source, dest string) Cmd[string] {
	return As(write("RPOPLPUSH", source, dest), Reply.Text)
}
