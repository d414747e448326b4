// Package cache keeps values in Redis over the Upstash REST API: typed, safe
// against stampedes in and across processes, and never stale without saying so.
//
//	creators, err := cache.Creators[Creator](client, cache.Options{})
//	...
//	c, err := creators.GetOrLoad(ctx, id, func(ctx context.Context) (Creator, error) {
//		return db.Creator(ctx, id)
//	})
//	...
//	err = creators.Invalidate(ctx, id) // after an update
//
// A [Cache] holds values of one type under one kind of key (package
// upstash/keys) or one prefix. [Entity] is a Cache of a declared kind with the
// invalidations an application needs. Everything needs only an [upstash.Doer].
//
// # Guarantees
//
//   - Every entry has a TTL, exact to the millisecond, enforced by Redis.
//   - One load per key at a time: callers of a process share one, and a lease in
//     Redis makes it one across processes. Each caller keeps its own context; the
//     load is cancelled when its last waiter leaves. A process that dies while it
//     loads blocks others for LoadTimeout + Timeout at most.
//   - Delete and Set win over loads that are in flight, whoever deletes or sets, in
//     whatever language: a load stores its value only if the key still holds the
//     load's own lease. An invalidated tag wins in the same way.
//   - Who calls a load after an invalidation has returned does not get a value
//     from before it, except one that was being read at that moment: callers of a
//     process share reads that are on their way, so an answer can be one round
//     trip older than the call; and the in-process level adds LocalTTL.
//   - A value past its TTL is served only where Options.Stale or StaleIfError
//     allow it, and [Cache.Fetch] says that it is stale and how old it is.
//   - What cannot be decoded is a miss: counted, reported to OnError, replaced by
//     one load.
//   - When Redis is down, loads go on: each conversation is bounded by
//     Options.Timeout, after three failures in a row Redis is asked once a second
//     only, loads are shared within the process (except those of GetOrLoadMany,
//     here and with NoLease), and every failure is reported.
//     FailWhenDown chooses an error instead.
//
// # What is not guaranteed
//
//   - Ages and the ends of Stale, StaleIfError and of a back-off beside a stale
//     value are told by the clocks of the machines that write and read; they are
//     as exact as those clocks agree. TTLs of plain values, leases, negative
//     entries and tags do not depend on any of them.
//   - Epochs of tags are keys without a TTL. A database that evicts them may bring
//     entries back that were invalidated, until their TTL.
//   - While Redis is down, loads are coordinated within a process only.
//   - Values may be shared between callers (of one load, and of the in-process
//     level): treat what they refer to as read-only.
//
// # What is stored
//
// By default a value is stored as its codec spells it and nothing else: JSON under
// a plain key, which a TypeScript service with @upstash/redis reads and writes
// alike. While a key is being loaded, or is remembered as missing, it holds the
// JSON text null followed by white space that carries the lease; other services
// see null, as for a missing key. (With [Text] and [Bytes] they see that text.)
//
// Options that need to know when a value was written, or under which tags, store
// it in an envelope: "~er1;", a header, ";" and the value. No JSON begins with "~",
// so readers of JSON can tell. Every cache reads both forms. A cache with tags or
// a Version does not trust plain values, which have neither.
//
// # Costs
//
// Billed commands and round trips on Upstash, as the tests count them on the
// client's side and on the server's:
//
//	                                   commands   round trips
//	hit, Get, Exists                          1             1
//	hit with any number of tags               1             1
//	GetMany of n, with or without tags        1             1
//	miss with load                            3             3
//	miss with load, NoLease                   2             2
//	failing load                              3             3
//	GetOrLoadMany, m of n missing         2 + m             3
//	GetOrLoadMany, m missing, NoLease         2             2
//	hit that is stale, with its reload        3   1 to answer
//	Set; with tags                         1; 2          1; 2
//	SetMany of n; with tags                1; 2          1; 2
//	Delete of n                               1             1
//	Invalidate of n                           1             1
//	InvalidateNamespace                       1             1
//	InvalidateTags of n tags                  n             1
//	InvalidateAll of an entity                2             1
//	TTL of a plain value; in an envelope   2; 1          2; 1
//	Touch                                     2             2
//	hit in the in-process level               0             0
//	Purge, per step of about Batch keys       2             2
//
// Who waits for a load of another process looks again and again, without a pause
// but at most each 2 ms: one command for each look, one caller per process. So the
// value is returned at most two round trips after its load has ended. After 64
// round trips looks become rarer, each a 64th of the time waited so far after the
// one before, and Redis is asked once when the lease ends: loads that long add a
// round trip and a 64th of their own time. An application with many processes and
// long loads may prefer Stale: then nobody waits, and nobody looks.
//
// Writes of a load are SET with NX and GET, and SET with IFEQ or IFDEQ. A server
// that does not know these (Redis before 8.4) is found out once and gets a script
// instead, which runs two commands inside.
//
// Many entries are written with MSETEX: SetMany, the leases of keys that are all
// missing, and values without leases. The values that end leases have a condition
// each, and so a command each. MSETEX takes up to 1000 entries or a MiB, which are
// text and have one TTL; what is left over, or written with Jitter, or when another
// caller was quicker with one of the keys, or on Redis before 8.4, takes a command
// for each entry.
//
// # Platforms
//
// The package builds for js/wasm and wasip1. JSON is as in package
// upstash/valuejson, and only linked by programs that use it. The in-process level
// and the compressors are packages of their own, cache/local and cache/compress.
//
// Between calls a cache has no goroutine, no timer and no connection of its own.
// Only two things go on when their callers have been served: the reload of a stale
// entry, and the end of a load that all its callers have left, which gives its
// lease back. Wait waits for both before a function is frozen; on an edge worker
// Options.Background hands them to the host, for example to waitUntil. Close ends
// reloads.
package cache
