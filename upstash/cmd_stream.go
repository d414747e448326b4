package upstash

// Commands on streams: https://redis.io/docs/latest/commands/?group=stream.
// Reading with BLOCK does not work over REST.

// A StreamEntry is one entry of a stream. Fields keep their order, and a name may
// come more than once.
type StreamEntry struct {
	ID string
	// Fields is nil when the entry was deleted after it was delivered.
	Fields []FieldValue
}

// Value returns the first field of this name.
func (e StreamEntry) Value(field string) (value string, ok bool) {
	for _, f := range e.Fields {
		if f.Field == field {
			return f.Value, true
		}
	}
	return "", false
}

// A RefPolicy says what becomes of the references that consumer groups hold to
// entries that are deleted. The server's default is [KeepRef].
type RefPolicy string

const (
	// KeepRef keeps them.
	KeepRef RefPolicy = "KEEPREF"
	// DelRef deletes them too.
	DelRef RefPolicy = "DELREF"
	// Acked deletes only entries that every group has read and acknowledged.
	Acked RefPolicy = "ACKED"
)

// A StreamTrim says how a stream is trimmed. The zero value does not trim; make
// others with [TrimMaxLen] and [TrimMinID].
type StreamTrim struct {
	word, threshold string
	approx          bool
	limit           int64
}

// TrimMaxLen keeps the newest n entries.
func TrimMaxLen(n int64) StreamTrim { return StreamTrim{word: "MAXLEN", threshold: itoa64(n)} }

// TrimMinID removes entries with a lower id.
func TrimMinID(id string) StreamTrim { return StreamTrim{word: "MINID", threshold: id} }

// Approx returns t that may leave some entries more, which is much cheaper.
func (t StreamTrim) Approx() StreamTrim {
	t.approx = true
	return t
}

// Limit returns t that removes at most n entries at a time. It implies Approx.
func (t StreamTrim) Limit(n int64) StreamTrim {
	t.approx, t.limit = true, n
	return t
}

func (b *builder) trim(t StreamTrim) {
	if t.word == "" {
		return
	}
	b.str(t.word)
	b.flag(t.approx, "~")
	b.str(t.threshold)
	if t.limit != 0 {
		b.str("LIMIT", itoa64(t.limit))
	}
}

// XAdd appends an entry of fields and values given in turn, under an id that the
// server chooses, and returns the id.
func XAdd(key string, pairs ...any) Cmd[string] { return XAddWith(key, XAddOptions{}, pairs...) }

// XAddOptions are the options of XADD.
type XAddOptions struct {
	// ID is the entry's id; "" means "*", the server chooses. It must be greater
	// than the last one of the stream.
	ID string
	// NoMkStream does not create a stream that is missing.
	NoMkStream bool
	// Trim trims the stream in the same step.
	Trim StreamTrim
	// Refs is for the entries that Trim removes; it needs Upstash or Redis 8.2.
	Refs RefPolicy
}

// XAddWith is [XAdd] with options. With NoMkStream a missing stream gives
// [ErrNil]. It is Unsafe to repeat even with an id of its own: the repeat is a
// server error.
func XAddWith(key string, o XAddOptions, pairs ...any) Cmd[string] {
	b := build(Unsafe, 10+len(pairs), "XADD", key)
	b.flag(o.NoMkStream, "NOMKSTREAM")
	b.flag(o.Refs != "", string(o.Refs))
	b.trim(o.Trim)
	if o.ID == "" {
		o.ID = "*"
	}
	b.str(o.ID)
	b.pairs(pairs)
	return As(b.done(), Reply.Text)
}

// XDel deletes entries and returns how many there were. It is Converging.
func XDel(key string, ids ...string) Cmd[int64] {
	b := build(Converging, 2+len(ids), "XDEL", key)
	b.strs(ids, "id")
	return As(b.done(), Reply.Int64)
}

// An EntryStatus is what [XDelEx] or [XAckDel] did to one entry.
type EntryStatus int64

const (
	// EntryMissing: there is no such entry.
	EntryMissing EntryStatus = -1
	// EntryDeleted: it was deleted (and acknowledged).
	EntryDeleted EntryStatus = 1
	// EntryReferenced: it stays, because a group still refers to it ([Acked]).
	EntryReferenced EntryStatus = 2
)

// XDelEx deletes entries and returns what became of each; "" is the server's
// default policy, [KeepRef]. It is Converging.
func XDelEx(key string, refs RefPolicy, ids ...string) Cmd[[]EntryStatus] {
	b := build(Converging, 5+len(ids), "XDELEX", key)
	b.flag(refs != "", string(refs))
	b.str("IDS")
	b.counted(ids, "id")
	return As(b.done(), Reply.entryStatuses)
}

// XLen returns the number of entries, 0 when the key is missing.
func XLen(key string) Cmd[int64] { return As(read("XLEN", key), Reply.Int64) }

// XRange returns the entries from id start to end, both included; "-" and "+" are
// the ends of the stream, "(id" leaves out id. A missing key gives none.
// [RangeStream] walks long streams in pages.
func XRange(key, start, end string) Cmd[[]StreamEntry] {
	return As(read("XRANGE", key, start, end), Reply.StreamEntries)
}

// XRangeN is [XRange] of at most count entries.
func XRangeN(key, start, end string, count int64) Cmd[[]StreamEntry] {
	return As(read("XRANGE", key, start, end, "COUNT", itoa64(count)), Reply.StreamEntries)
}

// XRevRange returns the entries from id end down to start, both included.
func XRevRange(key, end, start string) Cmd[[]StreamEntry] {
	return As(read("XREVRANGE", key, end, start), Reply.StreamEntries)
}

// XRevRangeN is [XRevRange] of at most count entries.
func XRevRangeN(key, end, start string, count int64) Cmd[[]StreamEntry] {
	return As(read("XREVRANGE", key, end, start, "COUNT", itoa64(count)), Reply.StreamEntries)
}

// A StreamOffset is a stream and the id after which to read; "0" is its
// beginning. [XReadGroup] also takes ">", what no consumer has got yet.
type StreamOffset struct {
	Key, ID string
}

// A StreamBatch is what was read from one stream.
type StreamBatch struct {
	Key     string
	Entries []StreamEntry
}

func (b *builder) streams(streams []StreamOffset) {
	b.need(len(streams), "stream")
	b.str("STREAMS")
	for _, s := range streams {
		b.str(s.Key)
	}
	for _, s := range streams {
		b.str(s.ID)
	}
}

// XRead returns at most count entries of each stream, 0 meaning all. Streams with
// nothing new are left out; the answer is empty when there is nothing at all.
func XRead(count int64, streams ...StreamOffset) Cmd[[]StreamBatch] {
	b := build(ReadOnly, 4+2*len(streams), "XREAD")
	if count != 0 {
		b.str("COUNT", itoa64(count))
	}
	b.streams(streams)
	return As(b.done(), Reply.StreamBatches)
}

// XTrim trims a stream and returns how many entries were removed. It is
// Converging.
func XTrim(key string, t StreamTrim) Cmd[int64] { return XTrimWith(key, t, "") }

// XTrimWith is [XTrim] with a policy for references, which needs Upstash or Redis
// 8.2.
func XTrimWith(key string, t StreamTrim, refs RefPolicy) Cmd[int64] {
	b := build(Converging, 8, "XTRIM", key)
	if t.word == "" {
		b.fail(0, "needs TrimMaxLen or TrimMinID")
	}
	b.trim(t)
	b.flag(refs != "", string(refs))
	return As(b.done(), Reply.Int64)
}
