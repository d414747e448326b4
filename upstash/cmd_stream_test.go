package upstash_test

import (
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// Two entries of a stream, as the wire has them and decoded.
var (
	wireEntry1 = list("1-1", list("f", "v"))
	wireEntry2 = list("2-1", list("f", "w", "f", "x"))
	entry1     = upstash.StreamEntry{ID: "1-1", Fields: []upstash.FieldValue{{"f", "v"}}}
	entry2     = upstash.StreamEntry{ID: "2-1", Fields: []upstash.FieldValue{{"f", "w"}, {"f", "x"}}}
	twoEntries = []string{"XADD s 1-1 f v", "XADD s 2-1 f w f x"}
)

func streamCases() []cmdCase {
	type o = upstash.XAddOptions
	type off = upstash.StreamOffset
	e1, e2 := []upstash.StreamEntry{entry1}, []upstash.StreamEntry{entry2}
	return []cmdCase{
		row("XAdd", upstash.XAdd("s", "f", 1), "XADD s * f 1", "1700000000000-0", "1700000000000-0").any(),
		row("XAddWith", upstash.XAddWith("s", o{ID: "5-1", Trim: upstash.TrimMaxLen(1)}, "f", "v"), "XADD s MAXLEN 1 5-1 f v", "5-1", "5-1").on(twoEntries...),
		rowErr("XAddWith", upstash.XAddWith("s", o{NoMkStream: true, Trim: upstash.TrimMaxLen(9).Approx().Limit(100)}, "f", "v"),
			"XADD s NOMKSTREAM MAXLEN ~ 9 LIMIT 100 * f v", nil, upstash.ErrNil),
		row("XAddWith", upstash.XAddWith("s", o{Refs: upstash.Acked, Trim: upstash.TrimMinID("3-0")}, "f", "v"), "XADD s ACKED MINID 3-0 * f v", "5-1", "5-1").only(newerRedis),
		row("XDel", upstash.XDel("s", "1-1", "9-9"), "XDEL s 1-1 9-9", 1, 1).on(twoEntries...),
		row("XDelEx", upstash.XDelEx("s", "", "1-1", "9-9"), "XDELEX s IDS 2 1-1 9-9", list(1, -1), []upstash.EntryStatus{upstash.EntryDeleted, upstash.EntryMissing}).only(newerRedis),
		row("XDelEx", upstash.XDelEx("s", upstash.Acked, "1-1"), "XDELEX s ACKED IDS 1 1-1", list(2), []upstash.EntryStatus{upstash.EntryReferenced}).only(newerRedis),
		row("XLen", upstash.XLen("s"), "XLEN s", 2, 2).on(twoEntries...),
		row("XRange", upstash.XRange("s", "-", "+"), "XRANGE s - +", list(wireEntry1, wireEntry2), []upstash.StreamEntry{entry1, entry2}).on(twoEntries...),
		row("XRange", upstash.XRange("s", "-", "+"), "XRANGE s - +", list(), []upstash.StreamEntry{}),
		row("XRangeN", upstash.XRangeN("s", "(1-1", "+", 1), "XRANGE s (1-1 + COUNT 1", list(wireEntry2), e2).on(twoEntries...),
		row("XRevRange", upstash.XRevRange("s", "1-1", "-"), "XREVRANGE s 1-1 -", list(wireEntry1), e1).on(twoEntries...),
		row("XRevRangeN", upstash.XRevRangeN("s", "+", "-", 1), "XREVRANGE s + - COUNT 1", list(wireEntry2), e2).on(twoEntries...),
		row("XRead", upstash.XRead(1, off{"s", "0"}, off{"t", "0"}), "XREAD COUNT 1 STREAMS s t 0 0", list(list("s", list(wireEntry1))), []upstash.StreamBatch{{Key: "s", Entries: e1}}).on(twoEntries...),
		row("XRead", upstash.XRead(0, off{"s", "1-1"}), "XREAD STREAMS s 1-1", list("s", list(wireEntry2)), []upstash.StreamBatch{{Key: "s", Entries: e2}}).on(twoEntries...),
		row("XRead", upstash.XRead(0, off{"s", "0"}), "XREAD STREAMS s 0", nil, []upstash.StreamBatch(nil)),
		row("XTrim", upstash.XTrim("s", upstash.TrimMaxLen(0)), "XTRIM s MAXLEN 0", 2, 2).on(twoEntries...),
		row("XTrim", upstash.XTrim("s", upstash.TrimMinID("2").Approx()), "XTRIM s MINID ~ 2", 0, 0).on(twoEntries...),
		row("XTrimWith", upstash.XTrimWith("s", upstash.TrimMaxLen(1), upstash.DelRef), "XTRIM s MAXLEN 1 DELREF", 1, 1).only(newerRedis),
	}
}

func groupCases() []cmdCase {
	type off = upstash.StreamOffset
	e1 := []upstash.StreamEntry{entry1}
	group := append(twoEntries[:2:2], "XGROUP CREATE s g 0")
	read := append(group[:3:3], "XREADGROUP GROUP g c COUNT 1 STREAMS s >")
	n := func(v int64) *int64 { return &v }
	return []cmdCase{
		row("XAck", upstash.XAck("s", "g", "1-1", "2-1"), "XACK s g 1-1 2-1", 1, 1).on(read...),
		row("XAckDel", upstash.XAckDel("s", "g", upstash.DelRef, "1-1"), "XACKDEL s g DELREF IDS 1 1-1", list(1), []upstash.EntryStatus{upstash.EntryDeleted}).only(newerRedis),
		row("XAutoClaim", upstash.XAutoClaim("s", "g", "d", 0, "0", 1), "XAUTOCLAIM s g d 0 0 COUNT 1", list("0-0", list(wireEntry1), list()),
			upstash.AutoClaimed{Next: "0-0", Entries: e1, Deleted: []string{}}).on(read...),
		row("XAutoClaim", upstash.XAutoClaim("s", "g", "d", time.Hour, "0-0", 0), "XAUTOCLAIM s g d 3600000 0-0", list("0-0", list(), list()),
			upstash.AutoClaimed{Next: "0-0", Entries: []upstash.StreamEntry{}, Deleted: []string{}}).on(read...),
		row("XAutoClaim", upstash.XAutoClaim("s", "g", "d", 0, "0", 0), "XAUTOCLAIM s g d 0 0", list("0-0", list(), list("1-1")),
			upstash.AutoClaimed{Next: "0-0", Entries: []upstash.StreamEntry{}, Deleted: []string{"1-1"}}).on(append(read[:4:4], "XDEL s 1-1")...),
		row("XAutoClaimJustID", upstash.XAutoClaimJustID("s", "g", "d", 0, "0", 5), "XAUTOCLAIM s g d 0 0 COUNT 5 JUSTID", list("0-0", list("1-1"), list()),
			upstash.AutoClaimedIDs{Next: "0-0", IDs: []string{"1-1"}, Deleted: []string{}}).on(read...),
		row("XClaim", upstash.XClaim("s", "g", "d", 0, upstash.XClaimOptions{}, "1-1"), "XCLAIM s g d 0 1-1", list(wireEntry1), e1).on(read...),
		row("XClaim", upstash.XClaim("s", "g", "d", time.Second, upstash.XClaimOptions{Idle: time.Minute, RetryCount: 3, Force: true, LastID: "1-1"}, "1-1"),
			"XCLAIM s g d 1000 1-1 IDLE 60000 RETRYCOUNT 3 FORCE LASTID 1-1", list(nil), []upstash.StreamEntry{}).on(read...),
		row("XClaimJustID", upstash.XClaimJustID("s", "g", "d", 0, upstash.XClaimOptions{Time: at}, "1-1"), "XCLAIM s g d 0 1-1 TIME 4102444800000 JUSTID", list("1-1"), []string{"1-1"}).on(read...),
		row("XGroupCreate", upstash.XGroupCreate("s", "g", "$"), "XGROUP CREATE s g $", "OK", ok).on(twoEntries...),
		row("XGroupCreateMkStream", upstash.XGroupCreateMkStream("s", "g", "0"), "XGROUP CREATE s g 0 MKSTREAM", "OK", ok),
		row("XGroupCreateConsumer", upstash.XGroupCreateConsumer("s", "g", "c"), "XGROUP CREATECONSUMER s g c", 1, true).on(group...),
		row("XGroupDelConsumer", upstash.XGroupDelConsumer("s", "g", "c"), "XGROUP DELCONSUMER s g c", 1, 1).on(read...),
		row("XGroupDestroy", upstash.XGroupDestroy("s", "g"), "XGROUP DESTROY s g", 1, true).on(group...),
		row("XGroupSetID", upstash.XGroupSetID("s", "g", "0"), "XGROUP SETID s g 0", "OK", ok).on(read...),
		row("XPending", upstash.XPending("s", "g"), "XPENDING s g", list(1, "1-1", "1-1", list(list("c", "1"))),
			upstash.PendingSummary{Count: 1, Lowest: "1-1", Highest: "1-1", Consumers: []upstash.PendingConsumer{{"c", 1}}}).on(read...),
		row("XPending", upstash.XPending("s", "g"), "XPENDING s g", list(0, nil, nil, nil), upstash.PendingSummary{}).on(group...),
		row("XPendingExt", upstash.XPendingExt("s", "g", upstash.PendingQuery{}), "XPENDING s g - + 100", list(list("1-1", "c", 5, 1)),
			[]upstash.PendingEntry{{ID: "1-1", Consumer: "c", Idle: 5 * time.Millisecond, Deliveries: 1}}).on(read...).any(),
		row("XPendingExt", upstash.XPendingExt("s", "g", upstash.PendingQuery{Start: "1", End: "2", Count: 3, Consumer: "d", MinIdle: time.Second}),
			"XPENDING s g IDLE 1000 1 2 3 d", list(), []upstash.PendingEntry{}).on(read...),
		row("XReadGroup", upstash.XReadGroup("g", "c", upstash.XReadGroupOptions{Count: 1, NoAck: true}, off{"s", ">"}),
			"XREADGROUP GROUP g c COUNT 1 NOACK STREAMS s >", list(list("s", list(wireEntry1))), []upstash.StreamBatch{{Key: "s", Entries: e1}}).on(group...),
		row("XReadGroup", upstash.XReadGroup("g", "c", upstash.XReadGroupOptions{}, off{"s", "0"}), "XREADGROUP GROUP g c STREAMS s 0",
			list(list("s", list(list("1-1", nil)))), []upstash.StreamBatch{{Key: "s", Entries: []upstash.StreamEntry{{ID: "1-1"}}}}).on(append(read[:4:4], "XDEL s 1-1")...),
		row("XReadGroup", upstash.XReadGroup("g", "c", upstash.XReadGroupOptions{}, off{"s", ">"}), "XREADGROUP GROUP g c STREAMS s >", nil, []upstash.StreamBatch(nil)).on("XGROUP CREATE s g $ MKSTREAM"),
		row("XInfoConsumers", upstash.XInfoConsumers("s", "g"), "XINFO CONSUMERS s g", list(list("name", "c", "pending", 1, "idle", 9, "inactive", 7)),
			[]upstash.StreamConsumer{{Name: "c", Pending: 1, Idle: 9 * time.Millisecond, Inactive: 7 * time.Millisecond}}).on(read...).any(),
		row("XInfoConsumers", upstash.XInfoConsumers("s", "g"), "XINFO CONSUMERS s g", list(), []upstash.StreamConsumer{}).on(group...),
		row("XInfoGroups", upstash.XInfoGroups("s"), "XINFO GROUPS s", list(list("name", "g", "consumers", 1, "pending", 1, "last-delivered-id", "1-1", "entries-read", 1, "lag", 1)),
			[]upstash.StreamGroup{{Name: "g", Consumers: 1, Pending: 1, LastDeliveredID: "1-1", EntriesRead: n(1), Lag: n(1)}}).on(read...),
		row("XInfoStream", upstash.XInfoStream("s"), "XINFO STREAM s",
			list("length", 2, "radix-tree-keys", 1, "radix-tree-nodes", 2, "last-generated-id", "2-1", "max-deleted-entry-id", "0-0", "entries-added", 2,
				"recorded-first-entry-id", "1-1", "groups", 0, "first-entry", wireEntry1, "last-entry", wireEntry2),
			upstash.StreamInfo{
				Length: 2, RadixTreeKeys: 1, RadixTreeNodes: 2, LastGeneratedID: "2-1", MaxDeletedEntryID: "0-0", RecordedFirstEntryID: "1-1",
				EntriesAdded: 2, FirstEntry: &entry1, LastEntry: &entry2,
			}).on(twoEntries...),
		row("XInfoStream", upstash.XInfoStream("s"), "XINFO STREAM s", list("length", 0, "first-entry", nil, "last-entry", nil), upstash.StreamInfo{}).on("XGROUP CREATE s g $ MKSTREAM").any(),
		row("XInfoStreamFull", upstash.XInfoStreamFull("s", 1), "XINFO STREAM s FULL COUNT 1", list("length", 2), upstash.ReplyOf(list("length", 2))).on(twoEntries...).any(),
	}
}
