//go:build !wasm

// Package devserver is the Upstash REST API for development and tests: over an
// embedded Redis that needs nothing installed, or over a real one.
//
//	srv, err := devserver.Start(devserver.Options{})
//	…
//	defer srv.Close()
//	// srv.URL and srv.Token are what a client needs.
//
// @upstash/redis, @upstash/ratelimit and @upstash/lock from npm work against it
// unmodified; the folder interop holds the proof.
//
// # What it serves
//
// POST / and the path form (HEAD, GET, POST, PUT), /pipeline, /multi-exec,
// /subscribe/{channel}, /psubscribe/{pattern} and /monitor as server-sent
// events, _token, a read-only token, base64 and RESP2 answers, sync tokens,
// CORS. Statuses are 200, 400, 401, 405, 431 for headers that are too large, and
// 503 with a JSON error while the Redis behind cannot be reached.
//
// Where Upstash differs from stock Redis, it answers as Upstash does, over both
// backends: SET IFEQ/IFNE/IFDEQ/IFDNE, MSETEX, DELEX, DIGEST, SCAN WITHTYPE, COPY of a
// key onto itself, XREADGROUP NOACK, MAXLEN ~, ZRANGE LIMIT, FCALL_RO of a
// function that only reads, COMMAND, CONFIG, ACL WHOAMI and RESTTOKEN.
// Scripts may begin with #!lua flags=allow-key-locking: the flag is taken out,
// the digest the client computed keeps working, and a key that is not in KEYS is
// refused as on Upstash.
//
// # Choices where the service is not documented
//
// The method is checked before the token; _token wins over the header; HEAD runs
// nothing; an empty body is no argument; a null or nested argument refuses a
// whole pipeline; XREAD BLOCK is refused; a read does not change the sync token;
// errors carry no sync token. The read-only token may not run KEYS or SCAN, nor
// scripts, PUBLISH, INFO and CONFIG. A payload with line breaks is streamed as
// one event with a data line for each line, which readers join with LF by the
// rules of server-sent events; @upstash/redis sees the first line only, as it
// would if the breaks were sent as they are. MONITOR shows what REST clients sent, not what other
// clients of a real Redis do. Error texts of commands are those of stock Redis.
//
// # The embedded Redis
//
// It is miniredis with real-time expiry (to the millisecond), one command at a
// time. Added to miniredis are INFO with measured figures, functions, BITFIELD,
// BITOP DIFF, DIFF1, ANDOR and ONE, GEOHASH, GEOSEARCHSTORE, the HEXPIRE family,
// HGETEX, HGETDEL, XACKDEL, XDELEX, ZDIFF, ZDIFFSTORE, ZINTERCARD, ZRANGESTORE,
// SUBSTR and WAITAOF. It has no JSON.* and SEARCH.*, no keyspace notifications,
// DUMP and RESTORE for strings only, no XGROUP SETID and XINFO STREAM FULL, no
// bit, struct and cmsgpack libraries in Lua, and error tables raised with
// error{} lose their text. Such commands answer with an error that says so.
// A script that never ends blocks it for good. Its contents end with the server.
//
// # A real Redis
//
// What that Redis lacks is refused: HEXPIRE needs Redis 7.4, HGETEX 8.0, XDELEX
// 8.2, JSON.* its module. SET IFDEQ and DELEX IFDEQ do not run in transactions
// before Redis 8.4, nor does the leniency of FCALL_RO.
//
// # What it does not do
//
// No quotas, no replicas (a sync token that comes back has nothing to wait for),
// no user administration, no roll-back of failed scripts. It is not made for
// production: the token is all that protects it.
package devserver
