// Package ratelimit counts in Redis who may do how much, in one script and one
// request per decision, exactly, and says honestly what happened when Redis was
// away.
//
//	limiter, err := ratelimit.New(client, ratelimit.API(), ratelimit.Options{})
//	...
//	d, err := limiter.Allow(ctx, userID)
//	if err != nil {
//		return err
//	}
//	if !d.Allowed {
//		d.Header(w.Header().Set) // RateLimit, RateLimit-Policy, Retry-After
//		...
//	}
//
// # Which algorithm when
//
//	algorithm        what comes back     at most, in any window          a key's state
//	SlidingWindow    little by little    about the limit                 two counters
//	GCRA             little by little    the burst and the rate          an instant
//	TokenBucket      in portions         the burst and the portions      a counter
//	FixedWindow      all at once         twice the limit, at the ends    a counter
//	SlidingLog       as it was taken     exactly the limit               every take
//	Concurrency      when released       so many at once, not per time   every holder
//
// Their uses:
//
//   - [SlidingWindow] is the default of the presets: a limit per hour or day, two
//     numbers per id, no burst at the end of a window. It estimates: what was taken
//     in the window before counts as if it had been spread evenly.
//   - [GCRA] for a steady rate with a burst, down to several per millisecond.
//   - [TokenBucket] for allowances that come back in portions.
//   - [FixedWindow] for quotas that start with the first use and end a window
//     later. Tokens of [Leased] last longest with it.
//   - [SlidingLog] for limits that must hold exactly, up to 10,000.
//   - [Concurrency] for how much is in flight at once, with leases that end.
//
// On top of them, [Leased] is for ids so hot that a request for each decision is
// too much (with a fixed or a sliding window), [Multi] for several limits at once,
// all or nothing, and [Limiter.AllowMany] for several ids in one round trip.
//
// # What is guaranteed
//
//   - What is refused costs nothing: it writes nothing, whatever the cost of the
//     request, and n tokens are taken all together or not at all.
//   - The rule of the algorithm is kept exactly, for any number of processes,
//     whatever their clocks say; see below.
//   - [Decision.RetryAfter] is solved from the formula: the same request succeeds
//     then, if nobody else takes anything, and fails 2 ms earlier. What can never
//     succeed says so ([Decision.Never]).
//   - An answer that was lost is asked for again, once, within the decision
//     budget and 5 s, and is not charged twice: a key remembers the last 8
//     decisions of the last 10 s. Should more have happened meanwhile, nothing is
//     charged and the failure policy decides ([ErrUncertain]).
//   - A decision takes at most the budget, 250 ms by default. Errors, time-outs and
//     quotas of Redis are alike: [Options.OnFailure] decides, and
//     [Decision.Degraded] tells.
//   - A refusal that is remembered in the process ends when Redis said, never
//     later, and only for the same cost. It takes no request and no allocation.
//   - All processes of a [Leased] together never admit more than the limit.
//   - Tickets of [Limiter.Reserve] and [Limiter.Wait] are served in order, each
//     with one request and one sleep.
//   - Every key has a TTL, on every path, and ends when its state no longer
//     matters. All keys are in KEYS, so that scripts lock only them on Upstash. No
//     script searches for keys.
//
// # What is not
//
//   - With the default policy, [FailAllow], everything passes while Redis is away.
//     Choose [FailDeny] or [FailLocal] for logins and the like.
//   - A limit is as durable as the database: a fail-over can lose the last writes,
//     and with them what was taken; two servers' clocks can differ.
//   - A [Limiter.Reset] or [Limiter.Refund] elsewhere is not noticed by a refusal
//     that this process remembers, until that ends.
//   - A policy that changes its algorithm starts anew. One that changes its window
//     applies the new one to what was taken under the old.
//   - Refunds and releases whose answers were lost are reported, not repeated
//     (a release is: it can be).
//   - Fairness between ids is not the matter of this package; nor is a limit over
//     several databases.
//
// # Whose clock
//
// Time is the server's, read in the script that decides, so processes need no
// common time. A process's own clock only measures how long a refusal is
// remembered and a lease is used; it counts from before the question was sent, so
// both end early rather than late. Nothing waits by comparing instants: a ticket
// is a duration, and one sleep, which works where the clock stands still between
// I/O.
//
// With [Options.ClientTime] the processes tell the time. Windows then grow by
// twice [Options.MaxSkew], 60 s by default, and a burst shrinks by what comes back
// in that time, so that clocks which are wrong by up to MaxSkew never let more
// pass. It is meant for windows much longer than that.
//
// # When Redis is away
//
// Errors, time-outs, exhausted quotas and wrong passwords are alike, and so is what
// follows: the decision comes within the budget, by [Options.OnFailure].
//
//	FailAllow    everything passes: an outage of Redis is none of the service
//	FailDeny     nothing passes: for what must never be unlimited
//	FailLocal    each process lets LocalLimit per id and window pass by itself,
//	             a tenth of the limit by default; n processes n times as much
//
// [Decision.Degraded] tells, [Decision.Err] says why, [Stats] counts. Only the end
// of the caller's own context is an error. The middlewares answer a degraded
// refusal with 503 instead of 429. What has no decision to take returns errors:
// [Limiter.Peek], [Limiter.Reset], [Limiter.Refund], [Slot.Release].
//
// # What it costs
//
// Billed commands, as Upstash counts them: the script and each command that it
// calls. They are the same for all algorithms, and asserted by tests, on an embedded
// server that counts and on a real Redis.
//
//	                              server time   client time   requests
//	allowed                            4             3            1
//	refused                            3             2            1
//	refused again, from memory         0             0            0
//	peek                               3             2            1
//	k limits, allowed                3 + k         2 + k          1
//	k limits, refused                  3             2            1
//	k ids, allowed                    4k            3k            1
//	reserve, wait                      4             3            1
//	refund                             4             3            1
//	reset                              1             1            1
//	lease of k tokens, each           4/k            -           1/k
//	slot acquired or extended          4             3            1
//	slot refused                       3             2            1
//	slot released                      3             3            1
//
// The first run of a script on a server, or after it has forgotten its scripts, is
// two requests: the source travels then.
//
// In time, a decision takes 1.1 times as long as an EVALSHA that does nothing when
// Redis is a millisecond away. Next to Redis, where such a call takes 30 µs to
// 70 µs, it is 1.9 times; a script that only calls TIME, GET and SET is at 1.4
// there. BenchmarkAllow measures them in turn.
//
// Where the time comes from was a choice. TIME costs one command per script, also
// for several limits. The PTTL of a key could carry the time instead, which for
// GCRA would save the GET; it would lose rates that are no whole number of
// milliseconds, and the memory of lost answers, and save nothing where the key's
// value is read too. A process's own time saves the command, at the price of longer
// windows. All state of a limit is one string, so that one GET or MGET reads it and
// one SET with PX writes it: there is no path that could leave a key without a TTL.
//
// The value of a key has about 60 bytes for an id that is seldom seen, and up to
// 330 for one that is busy, since the last 8 decisions are in it; a log has 28 more
// for each take, and slots have 36 for each holder.
//
// # Platforms
//
// Everything but the middlewares ([Middleware], [FastHTTPMiddleware], [ClientIP])
// is available on js/wasm and wasip1. There, [Decision.Header] serves any HTTP
// stack, and [Intercept] any function.
package ratelimit
