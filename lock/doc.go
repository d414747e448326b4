// Package lock holds distributed locks in the database, with fencing tokens: you
// know that you hold one, and you are told when you do not any more.
//
//	err := lock.With(ctx, client, keys.PayoutLock(id), 5*time.Minute,
//		func(ctx context.Context, lease *lock.Lease) error {
//			…  // ctx ends before anybody else can come in
//		})
//
// A [Locker] acquires a [Lease]: [Locker.TryAcquire] asks once, [Locker.Acquire]
// waits, [Locker.With] runs a function. A lease lasts for a TTL and renews itself
// every third of it until it is released. [Locker.TryAcquireAll] takes several
// names at once, all or none; a [Semaphore] lets n holders in; [NewQuorum] spreads
// a lock over several databases; [Lease.Detach] and [Locker.Resume] carry a lease
// from one invocation of a function to the next.
//
// # What is guaranteed on one primary
//
//   - At most one lease of a name is valid at a time: Lease.Context ends, with the
//     cause [ErrLost], before the server can give the lock to somebody else. The
//     validity counts from before the request was sent, by the local monotonic
//     clock, with Options.Margin taken off; only rates of clocks matter, never
//     their settings.
//   - A lost answer leaves no orphan: the owner's value is recognised when the
//     request is repeated, and what was obtained but not reported is given back.
//     When even that fails, the lock is free after one TTL.
//   - Fencing tokens grow strictly with every acquisition of a name, also over
//     lost keys and flushed databases (a new counter starts at the server's time).
//   - A released, detached or lost lease is never renewed, and leaves no goroutine.
//   - What is in the key is a plain string, set with NX and a TTL, so this package
//     and @upstash/lock exclude each other on the same name.
//
// # What is not
//
//   - A process that is stopped between two instructions goes on as if no time had
//     passed, and may do one more thing before it learns that the lease is over.
//     No lock can prevent that. This is what fencing tokens are for: hand
//     [Lease.Fence] to what the work writes to and let that refuse older tokens,
//     or let the database do it with [Guard] and [Fenced]. [Lease.Valid] makes the
//     window small, and notices a suspended machine by the wall clock.
//   - Asynchronous fail-over: a replica that becomes the primary may not know of
//     the newest locks, and gives them away again while their holders still work.
//     Its counter may also repeat the last tokens. Upstash replicates
//     asynchronously between regions, as Redis does. Where that is not acceptable
//     take a [NewQuorum] of independent databases (no fencing, every command
//     threefold), or a store with consensus. Deleting or evicting a lock's key has
//     the same effect: do not put locks into a database that evicts.
//   - Fairness between processes: without Options.Wake they ask at random times.
//     Goroutines of one Locker, and with Options.Wake processes, are served in the
//     order in which they came.
//
// # Cost in billed commands
//
//	                              acquire  extend  release  refused
//	SET IFEQ and DELEX, no fence        1       1        1        2
//	SET IFEQ and DELEX                  3       1        1        4
//	Lua, no fence                       2       3        3        4
//	Lua                                 3       3        3        4
//
// Each is one request; refused without a fence is two. No single command takes a
// lock with a TTL and counts as well, so a fencing token needs Lua for acquire,
// and Options.NoFence buys the cycle of two commands. Whether the server has SET
// IFEQ and DELEX (Upstash has, Redis from 8.4) is found out once per Locker. The
// scripts lock their keys only, not the database. The first acquire of a name, and
// the first after 60 days, makes its fence counter, which is two commands more; for
// names that are locked only once NoFence saves four of six. Options.Wake makes release a
// script of 4 commands, 5 when somebody waits, and a refused try cost 7.
//
// # Errors
//
// [ErrHeld], [ErrLost], [ErrNotHeld], [ErrReleased], [ErrUnreachable] and the two
// context errors exclude each other. Refusals of the server, like a missing
// permission, come as package upstash has them. No error contains a name or an
// owner's value.
package lock
