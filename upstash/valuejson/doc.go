// Package valuejson encodes the values of users as JSON: with go-json natively,
// which is the fastest, and on WebAssembly with code of our own that agrees with
// encoding/json and is a quarter of its size (package upstash/internal/smalljson).
// upstash.JSON, upstash.DecodeJSON and cache.JSON use it.
//
// The errors have other types and texts on each of the two.
package valuejson
