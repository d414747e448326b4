package upstash

import "time"

// What the server knows about streams, groups and consumers.

// A PendingSummary is what [XPending] answers.
type PendingSummary struct {
	// Count is the number of pending entries.
	Count int64
	// Lowest and Highest are their first and last id, "" when there are none.
	Lowest, Highest string
	// Consumers are those that have pending entries.
	Consumers []PendingConsumer
}

// A PendingConsumer is a consumer and the number of its pending entries.
type PendingConsumer struct {
	Name  string
	Count int64
}

// A PendingEntry is one pending entry.
type PendingEntry struct {
	ID, Consumer string
	// Idle is the time since it was last delivered.
	Idle time.Duration
	// Deliveries is how often it was delivered.
	Deliveries int64
}

// A StreamConsumer is one row of [XInfoConsumers].
type StreamConsumer struct {
	Name string
	// Pending is the number of its pending entries.
	Pending int64
	// Idle is the time since it last tried to read or claim, Inactive since it
	// last succeeded (-1 ms when it never did; Redis 7.2).
	Idle, Inactive time.Duration
}

// A StreamGroup is one row of [XInfoGroups].
type StreamGroup struct {
	Name      string
	Consumers int64
	// Pending is the number of entries that are pending for all its consumers.
	Pending         int64
	LastDeliveredID string
	// EntriesRead counts the entries read, and Lag those still to be read; nil
	// when the server cannot know.
	EntriesRead, Lag *int64
}

// A StreamInfo is what [XInfoStream] answers. What a server does not tell is
// zero.
type StreamInfo struct {
	Length, RadixTreeKeys, RadixTreeNodes int64
	// Groups is the number of consumer groups.
	Groups                                                   int64
	LastGeneratedID, MaxDeletedEntryID, RecordedFirstEntryID string
	// EntriesAdded counts all entries that were ever added.
	EntriesAdded int64
	// FirstEntry and LastEntry are nil when the stream is empty.
	FirstEntry, LastEntry *StreamEntry
}

// XInfoConsumers returns the consumers of a group.
func XInfoConsumers(key, group string) Cmd[[]StreamConsumer] {
	return As(read("XINFO", "CONSUMERS", key, group), Reply.streamConsumers)
}

// XInfoGroups returns the groups of a stream. A missing key is a server error.
func XInfoGroups(key string) Cmd[[]StreamGroup] {
	return As(read("XINFO", "GROUPS", key), Reply.streamGroups)
}

// XInfoStream returns what is known of a stream. A missing key is a server error.
func XInfoStream(key string) Cmd[StreamInfo] {
	return As(read("XINFO", "STREAM", key), Reply.streamInfo)
}

// XInfoStreamFull returns all that is known of a stream with its groups and
// consumers, up to count entries of each (0 means the server's default, 10), as
// the server sends it: names and values in turn, nested.
func XInfoStreamFull(key string, count int64) Cmd[Reply] {
	b := build(ReadOnly, 6, "XINFO", "STREAM", key, "FULL")
	if count != 0 {
		b.str("COUNT", itoa64(count))
	}
	return As(b.done(), Reply.Raw)
}
