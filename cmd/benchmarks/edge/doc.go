// Package edge compares three Workers that differ in their client of the REST API:
// edgeredis, Go with net/http and encoding/json, and @upstash/redis in JavaScript.
// It has only tests; ../README.md says how to run them and what came out.
package edge
