// Package upstash sends Redis commands and Lua scripts to a database over its
// REST API (Upstash, or anything that speaks the same protocol), from places
// where there is nothing but HTTPS: serverless functions, edge workers, Go
// compiled to WebAssembly.
//
//	client, err := upstash.NewFromEnv(upstash.Config{})
//	if err != nil {
//		return err
//	}
//	name, err := upstash.Get("user:1:name").Do(ctx, client)
//	if errors.Is(err, upstash.ErrNil) {
//		// there is no such key
//	}
//
// # Commands are values
//
// A constructor such as [Get] or [Incr] returns a [Cmd], which knows its
// arguments, the type of its result and what happens when it is run twice. It
// does nothing until it is run: by [Cmd.Do] on a [Doer], in a [Batch], or by the
// queues of package pipeline. [Client.Commands] gives the same commands as
// methods. [NewCommand] builds any other command.
//
// # Setting up
//
// [NewFromEnv] takes REDIS_REST_URL and REDIS_REST_TOKEN, or the names that
// Upstash (UPSTASH_REDIS_REST_URL) and Vercel (KV_REST_API_URL) give them;
// [NewFromLookup] asks a function, for bindings and secret files; [New] takes a
// [Config]; [Default] is one client for the process, built on its first use. None
// of them does I/O. A client is safe for concurrent use: make one and share it.
// Without a database, "go run ./cmd/edgeredis serve" serves one on this machine,
// and package devserver does so inside a test.
//
// # In short
//
//	Get("k").Do(ctx, client)              a command
//	client.Commands().Get(ctx, "k")       the same
//	NewCommand("FUTURE", "k")              any other; As gives it a type
//	NewScript(src, Reply.Int64)           a script: EVALSHA, or EVAL
//	client.DoBatch(ctx, Batch{...})       several; package pipeline is easier
//	client.Subscribe(ctx, channel, ...)   messages, and gaps in them
//	errors.Is(err, ErrNil)                a missing key
//	errors.Is(err, ErrQuota)              and ErrTooLarge, ErrUnauthorized, ErrNoPermission ...
//	OutcomeOf(err)                        applied, rejected, not applied, maybe applied
//	Get("k").Retryable()                  may run twice; see also ScriptOptions.Class
//
// # Before production
//
// Give every call a context with a deadline. Decide, for each command that is not
// idempotent, who looks when [ErrMaybeApplied] comes. Name all keys of a script in
// KEYS. Give readers a read-only token. Keep requests below the plan's limit,
// 10 MB on most, and set Config.MaxResponse to what you expect. The README has the
// whole list.
//
// # What is guaranteed
//
//   - A command that changes data is never sent twice silently. When an answer is
//     lost, commands that only read and those that are idempotent ([Class]) are
//     tried again; INCR, LPUSH and the like are not, and the caller gets a
//     [MaybeAppliedError]. What certainly was not sent is always tried again.
//   - Bytes in are bytes out. Replies travel as base64 or RESP2, integers are
//     exact to 64 bits, and nothing is converted by guessing. An argument that is
//     not UTF-8 is sent in a form that carries any bytes where the API has one
//     (one such argument in a command that is sent by itself), and refused
//     before anything is sent where it has not.
//   - ctx is obeyed at once, also while connecting and between attempts. Attempts,
//     the time of one attempt and the time of a call are bounded, and a retry
//     budget keeps a failing server from being flooded.
//   - What the server can send is bounded: bytes, depth and number of elements.
//   - Neither the token nor the value of an argument appears in an error or in
//     what any type of this package prints.
//   - Own writes are read: the sync token of every answer is sent with the next
//     request. See [Session] for exactness across processes and flows.
//
// # What is not
//
//   - A command is not exactly once. Where a repetition would hurt and an answer
//     was lost, somebody must look; the error says so.
//   - A token of two requests that overlap cannot be ordered by age, since tokens
//     are opaque: the one that started later is kept. Use [Client.WithSession] for
//     each logical flow that must read its own writes.
//   - Redirects are not followed, and blocking commands, WATCH and MULTI as
//     commands do not exist over REST.
//   - No live Upstash database could be reached when this was written: facts come
//     from the vendor's documentation, the official clients' tests and public
//     reports. testdata/README.md says what comes from where, and how one command
//     records the truth.
//
// # Platforms
//
// Natively requests go through a connection pool of fasthttp with TLS sessions
// resumed and HTTPS_PROXY honoured ([FastHTTPTransport]); package nethttp offers
// any *http.Client instead. On GOOS=js they go through the host's fetch
// ([NewFetchTransport]). WASI has no sockets: set Config.Transport.
package upstash
