package upstash

import (
	"context"
	"iter"
)

// The iterators of this file walk collections page by page: one command for each
// page, when it is needed. They end at the first error, which is their last
// element, and with ctx. Elements that are there from beginning to end come at
// least once, the same one perhaps more than once; what changes meanwhile may
// come or not. Each range over an iterator starts anew.

// ScanKeys iterates over the keys that match o.
func ScanKeys(ctx context.Context, d Doer, o ScanOptions) iter.Seq2[string, error] {
	return scan(ctx, d, func(cursor string) Cmd[ScanPage] { return Scan(cursor, o) }, ScanPage.next)
}

// ScanKeyTypes is [ScanKeys] with the type of each key, which only Upstash has.
func ScanKeyTypes(ctx context.Context, d Doer, o ScanOptions) iter.Seq2[KeyType, error] {
	return scan(ctx, d, func(cursor string) Cmd[ScanTypesPage] { return ScanWithType(cursor, o) }, ScanTypesPage.next)
}

// ScanHash iterates over the fields of the hash at key.
func ScanHash(ctx context.Context, d Doer, key string, o ScanOptions) iter.Seq2[FieldValue, error] {
	return scan(ctx, d, func(cursor string) Cmd[HScanPage] { return HScan(key, cursor, o) }, HScanPage.next)
}

// ScanSet iterates over the members of the set at key.
func ScanSet(ctx context.Context, d Doer, key string, o ScanOptions) iter.Seq2[string, error] {
	return scan(ctx, d, func(cursor string) Cmd[ScanPage] { return SScan(key, cursor, o) }, ScanPage.next)
}

// ScanSortedSet iterates over the members of the sorted set at key.
func ScanSortedSet(ctx context.Context, d Doer, key string, o ScanOptions) iter.Seq2[Member, error] {
	return scan(ctx, d, func(cursor string) Cmd[ZScanPage] { return ZScan(key, cursor, o) }, ZScanPage.next)
}

func (p ScanPage) next() (cursor string, items []string)       { return p.Cursor, p.Items }
func (p ScanTypesPage) next() (cursor string, items []KeyType) { return p.Cursor, p.Keys }
func (p HScanPage) next() (cursor string, items []FieldValue)  { return p.Cursor, p.Fields }
func (p ZScanPage) next() (cursor string, items []Member)      { return p.Cursor, p.Members }

// scan follows cursors until the server answers ScanStart again.
func scan[P, T any](
	ctx context.Context, d Doer, page func(cursor string) Cmd[P], split func(P) (string, []T),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		cursor := ScanStart
		for {
			if err := ctx.Err(); err != nil {
				yield(zero, err)
				return
			}
			p, err := page(cursor).Do(ctx, d)
			if err != nil {
				yield(zero, err)
				return
			}
			var items []T
			cursor, items = split(p)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if cursor == ScanStart {
				return
			}
		}
	}
}

// StreamPage is the number of entries that [RangeStream] asks for at a time when
// it is not told.
const StreamPage = 100

// RangeStream iterates over the entries of the stream at key from id start to
// end, both included, in pages of size entries (0 means [StreamPage]). "-" and "+"
// are the ends of the stream. Entries that are added meanwhile before end come
// too.
func RangeStream(ctx context.Context, d Doer, key, start, end string, size int64) iter.Seq2[StreamEntry, error] {
	if size <= 0 {
		size = StreamPage
	}
	return func(yield func(StreamEntry, error) bool) {
		from := start
		for {
			if err := ctx.Err(); err != nil {
				yield(StreamEntry{}, err)
				return
			}
			entries, err := XRangeN(key, from, end, size).Do(ctx, d)
			if err != nil {
				yield(StreamEntry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			if int64(len(entries)) < size {
				return
			}
			from = "(" + entries[len(entries)-1].ID // the next page begins after it
		}
	}
}
