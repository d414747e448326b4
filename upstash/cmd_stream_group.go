package upstash

import "time"

// Consumer groups of streams.

// XAck acknowledges entries and returns how many were pending. It is Converging.
func XAck(key, group string, ids ...string) Cmd[int64] {
	b := build(Converging, 3+len(ids), "XACK", key, group)
	b.strs(ids, "id")
	return As(b.done(), Reply.Int64)
}

// XAckDel acknowledges and deletes entries and returns what became of each; "" is
// the server's default policy, [KeepRef]. It is Converging.
func XAckDel(key, group string, refs RefPolicy, ids ...string) Cmd[[]EntryStatus] {
	b := build(Converging, 6+len(ids), "XACKDEL", key, group)
	b.flag(refs != "", string(refs))
	b.str("IDS")
	b.counted(ids, "id")
	return As(b.done(), Reply.entryStatuses)
}

// An AutoClaimed is what [XAutoClaim] answers.
type AutoClaimed struct {
	// Next is the id to start the next call with; "0-0" means that the whole
	// pending list was looked through.
	Next    string
	Entries []StreamEntry
	// Deleted are ids that were pending but are in the stream no longer; they are
	// no longer pending either.
	Deleted []string
}

// XAutoClaim gives consumer the pending entries, from id start on, that nobody
// has touched for minIdle; count 0 means the server's default, 100. It is Unsafe
// to repeat.
func XAutoClaim(key, group, consumer string, minIdle time.Duration, start string, count int64) Cmd[AutoClaimed] {
	b := autoClaim(key, group, consumer, minIdle, start, count)
	return As(b.done(), Reply.autoClaimed)
}

// AutoClaimedIDs is what [XAutoClaimJustID] answers; see [AutoClaimed].
type AutoClaimedIDs struct {
	Next    string
	IDs     []string
	Deleted []string
}

// XAutoClaimJustID is [XAutoClaim] that returns ids only and does not count as a
// delivery.
func XAutoClaimJustID(key, group, consumer string, minIdle time.Duration, start string, count int64) Cmd[AutoClaimedIDs] {
	b := autoClaim(key, group, consumer, minIdle, start, count)
	b.str("JUSTID")
	return As(b.done(), Reply.autoClaimedIDs)
}

func autoClaim(key, group, consumer string, minIdle time.Duration, start string, count int64) builder {
	b := build(Unsafe, 9, "XAUTOCLAIM", key, group, consumer, itoa64(minIdle.Milliseconds()), start)
	if count != 0 {
		b.str("COUNT", itoa64(count))
	}
	return b
}

// XClaimOptions are the options of XCLAIM. At most one of Idle and Time may be
// set.
type XClaimOptions struct {
	// Idle sets how long the entries have been untouched, Time since when.
	Idle time.Duration
	Time time.Time
	// RetryCount sets the delivery count; 0 counts one delivery more.
	RetryCount int64
	// Force makes entries pending that are not.
	Force bool
	// LastID moves the group's last delivered id up to this one.
	LastID string
}

func claim(key, group, consumer string, minIdle time.Duration, o XClaimOptions, ids []string) builder {
	b := build(Unsafe, 13+len(ids), "XCLAIM", key, group, consumer, itoa64(minIdle.Milliseconds()))
	b.strs(ids, "id")
	b.atMostOne("Idle and Time", o.Idle != 0, !o.Time.IsZero())
	if o.Idle != 0 {
		b.str("IDLE", itoa64(o.Idle.Milliseconds()))
	}
	if !o.Time.IsZero() {
		b.str("TIME", itoa64(o.Time.UnixMilli()))
	}
	if o.RetryCount != 0 {
		b.str("RETRYCOUNT", itoa64(o.RetryCount))
	}
	b.flag(o.Force, "FORCE")
	if o.LastID != "" {
		b.str("LASTID", o.LastID)
	}
	return b
}

// XClaim gives consumer those of the pending entries that nobody has touched for
// minIdle, and returns them. It is Unsafe to repeat.
func XClaim(key, group, consumer string, minIdle time.Duration, o XClaimOptions, ids ...string) Cmd[[]StreamEntry] {
	b := claim(key, group, consumer, minIdle, o, ids)
	return As(b.done(), Reply.StreamEntries)
}

// XClaimJustID is [XClaim] that returns ids only and does not count as a delivery.
func XClaimJustID(key, group, consumer string, minIdle time.Duration, o XClaimOptions, ids ...string) Cmd[[]string] {
	b := claim(key, group, consumer, minIdle, o, ids)
	b.str("JUSTID")
	return As(b.done(), Reply.Strings)
}

// XGroupCreate creates a group that reads on after id start; "0" is the beginning
// of the stream, "$" its end. A missing stream and a group that exists are server
// errors.
func XGroupCreate(key, group, start string) Cmd[struct{}] {
	return As(write("XGROUP", "CREATE", key, group, start), Reply.OK)
}

// XGroupCreateMkStream is [XGroupCreate] that creates a missing stream.
func XGroupCreateMkStream(key, group, start string) Cmd[struct{}] {
	return As(write("XGROUP", "CREATE", key, group, start, "MKSTREAM"), Reply.OK)
}

// XGroupCreateConsumer creates a consumer; false means that it exists. It is
// Converging.
func XGroupCreateConsumer(key, group, consumer string) Cmd[bool] {
	return As(conv("XGROUP", "CREATECONSUMER", key, group, consumer), Reply.Bool)
}

// XGroupDelConsumer deletes a consumer and returns how many pending entries it
// had: nobody has them any more. It is Converging.
func XGroupDelConsumer(key, group, consumer string) Cmd[int64] {
	return As(conv("XGROUP", "DELCONSUMER", key, group, consumer), Reply.Int64)
}

// XGroupDestroy deletes a group; false means that it is missing. It is Converging.
func XGroupDestroy(key, group string) Cmd[bool] {
	return As(conv("XGROUP", "DESTROY", key, group), Reply.Bool)
}

// XGroupSetID makes a group read on after id.
func XGroupSetID(key, group, id string) Cmd[struct{}] {
	return As(idem("XGROUP", "SETID", key, group, id), Reply.OK)
}

// XPending returns a summary of what is pending in a group.
func XPending(key, group string) Cmd[PendingSummary] {
	return As(read("XPENDING", key, group), Reply.pendingSummary)
}

// A PendingQuery selects pending entries for [XPendingExt].
type PendingQuery struct {
	// Start and End are ids; "" means "-" and "+", all.
	Start, End string
	// Count is the most entries to return; 0 means 100.
	Count int64
	// Consumer limits the answer to one consumer.
	Consumer string
	// MinIdle limits it to entries that nobody has touched for this long.
	MinIdle time.Duration
}

// XPendingExt returns pending entries one by one.
func XPendingExt(key, group string, q PendingQuery) Cmd[[]PendingEntry] {
	b := build(ReadOnly, 9, "XPENDING", key, group)
	if q.MinIdle != 0 {
		b.str("IDLE", itoa64(q.MinIdle.Milliseconds()))
	}
	if q.Start == "" {
		q.Start = "-"
	}
	if q.End == "" {
		q.End = "+"
	}
	if q.Count == 0 {
		q.Count = 100
	}
	b.str(q.Start, q.End, itoa64(q.Count))
	b.flag(q.Consumer != "", q.Consumer)
	return As(b.done(), Reply.pendingEntries)
}

// XReadGroupOptions are the options of XREADGROUP.
type XReadGroupOptions struct {
	// Count is the most entries of each stream; 0 means all.
	Count int64
	// NoAck delivers entries without making them pending.
	NoAck bool
}

// XReadGroup returns entries that are new to the group (id ">"), or those pending
// for this consumer after an id. The answer is empty when there is nothing. It is
// Unsafe to repeat: what was delivered is not delivered again.
func XReadGroup(group, consumer string, o XReadGroupOptions, streams ...StreamOffset) Cmd[[]StreamBatch] {
	b := build(Unsafe, 8+2*len(streams), "XREADGROUP", "GROUP", group, consumer)
	if o.Count != 0 {
		b.str("COUNT", itoa64(o.Count))
	}
	b.flag(o.NoAck, "NOACK")
	b.streams(streams)
	return As(b.done(), Reply.StreamBatches)
}
