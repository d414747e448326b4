// Package pipeline sends several commands in one request: those that one caller
// queues ([Pipeline]), and those that concurrent callers happen to run at the
// same time ([Auto]).
//
//	p := pipeline.New(client)
//	name := pipeline.Add(p, upstash.Get("user:1:name"))
//	hits := pipeline.Add(p, upstash.Incr("hits"))
//	if err := p.Exec(ctx); err != nil {
//		return err // the request failed
//	}
//	n, err := hits.Result() // this command alone
//
// # Pipelines and transactions
//
// Every command has a [Future] with its value, its error and its [Future.Outcome].
// Replies are matched to commands by position; an answer with another number of
// replies fails all of them with an *[upstash.LengthError]. A command that the
// server refuses fails its own future and no other. Reading a future too early is
// an error, not a zero value.
//
// Exec of a transaction tells three failures apart that must not be confused: a
// *[DiscardedError] means that nothing has run, a *[NonAtomicError] that some
// commands failed while the others took effect, and an
// *[upstash.MaybeAppliedError] that it is not known.
//
// A pipeline over the limits of its [Options] goes out in several requests, in
// order, each after the answer to the one before. When one fails the rest is not
// sent, and each future says which of the three happened to it. A transaction
// over the limits fails before anything is sent. Sizes are exact: the number of
// bytes that the JSON of a command needs is counted, not estimated, and not
// encoded twice; nearly all pipelines are let through by a bound (six bytes for
// each byte of an argument) before it is counted.
//
// A batch is retried by the client if each of its commands may be. Scripts go
// out by digest; those that the server does not know are sent again by source in
// a second request, after all other commands of the batch have run, so their
// effects come last. In a transaction the source always travels.
//
// # Auto
//
// An [Auto] is an [upstash.Doer] whose concurrent callers share requests. It
// guarantees:
//
//   - Each caller gets the reply to its own command, once.
//   - A caller who runs one command after the other has them run in that order.
//     So has one who queues several with [Go] on a [Scope]: they share a request
//     in order, or follow each other in several. The exception is a caller whose
//     ctx ended while a command was on its way: its next command may overtake
//     that one.
//   - A caller whose ctx ends before the batch is sent leaves it; the command is
//     not sent and not billed ([UnsentError]). One whose ctx ends later returns
//     at once and the others go on. The request is cancelled when the last caller
//     has left.
//   - Commands of different callers do not share their fate: a command that
//     cannot be encoded, a refusal, a reply over the size limit or a lost answer
//     reaches the others no more than it would have without the batch. When an
//     answer is lost, commands that may be repeated are sent again, and only
//     those that must not be give an *[upstash.MaybeAppliedError].
//   - There is no timer and no goroutine that waits for work. A batch with more
//     than one caller runs on a goroutine of its own when its leader can be
//     cancelled, and so do commands queued by [Go]; it ends with the batch.
//   - A single caller's command is sent as it is, by the client's Do.
//
// Commands with large or binary arguments travel by themselves. Batches do not
// wait for each other unless AutoOptions.MaxInFlight of them are in flight, or a
// caller has queued commands in both.
//
// The context of a request that carries several commands has the values of the
// first one's, so a trace shows it there.
//
// On Cloudflare Workers give each invocation an [Auto.Isolated] scope: an
// invocation must not complete what another one waits for.
//
// # Optimistic updates
//
// The REST API has no WATCH, because requests have no connection of their own.
// An [Updater] does what WATCH is used for with a conditional SET.
//
// # What it does not do
//
// Pipelining saves round trips, not commands: each command is billed on its own
// (but see AutoOptions.MergeReads). A pipeline is not atomic; commands of others
// run in between. A transaction does not roll back.
package pipeline
