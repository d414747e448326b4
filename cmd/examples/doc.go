// Package examples is where the example programs live, each in a folder of its own
// with one command to run it:
//
//	go run ./cmd/examples/creator   caching: entities, lists, pages, invalidation
//	go run ./cmd/examples/upload    uploads in parts: sessions, scripts, limits, a lock
//	go run ./cmd/examples/royalty   a job under a lock, done once although a worker crashes
//	go run ./cmd/examples/rpc       typed procedures with rate limits as interceptors
//	go run ./cmd/examples/flags     feature flags and idempotency records
//
// They bring a database of their own, and take another one where the environment
// names it, by any of the variables of [upstash.NewFromEnv]; royalty always brings
// its own. The folder quickstart is the program of the README and needs one
// of those pairs.
//
// For edge runtimes there are worker (Cloudflare Workers), wasi, lambda (AWS) and
// vercel; the documentation of each says how it is built and deployed.
//
// The tests here keep the README honest: its snippets are parts of Examples that
// run, and the files, flags, variables and identifiers that it names exist.
package examples
