//go:build !wasm

// Command edgeredis talks to a Redis database over the Upstash REST API, and
// serves that API for development.
//
//	edgeredis demo     a tour of the API, with checks
//	edgeredis ping     test the connection and say what is wrong with it
//	edgeredis exec     run one Redis command
//	edgeredis health   is the database well, and why not
//	edgeredis metrics  what the database says of itself, once or --watch
//	edgeredis serve    the REST API on this machine, for development
//
// The database is named by REDIS_REST_URL and REDIS_REST_TOKEN, or else by
// UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, or else by
// KV_REST_API_URL and KV_REST_API_TOKEN.
//
// Output is for people unless --json is given: then each command writes one JSON
// document to standard output (serve: one line when it is ready, one when it has
// stopped) with a member "ok"; durations carry their unit in the name. Exit codes
// are 0 when all is well, 1 when something failed, 2 when the command line is
// wrong. Tokens and values of users are not shown, except what exec was asked
// for and the token that serve is there to hand out.
//
// Each command is one [command] value in a file of its own, listed in commands.
package main
