// Package upstashtest helps to test code that uses package upstash, this module's
// own as well as yours. It is for test binaries only: it imports testing and
// jarcoal/httpmock, and registers the flag -upstash.record.
//
// Three ways to test, from the fastest to the most faithful:
//
//   - [Fake] answers commands in memory from a Go function, or from a list of
//     expected commands ([Expecting]). It works inside testing/synctest bubbles.
//   - [Open] and [Load] replay exchanges that were recorded with a server. The
//     order is checked, each request is compared with the recorded one, and what
//     is left over fails the test.
//   - Package devserver runs a whole server in the process.
//
// Around any of them: [Faults] is a transport that makes another one fail before
// sending, lose answers, cut them, send requests twice, delay, hang, and answer
// with error pages, by a script or at random. [Meter] counts requests, commands,
// bytes and what the database bills. [TestTransport] checks an
// [upstash.Transport] of your own.
//
// # Recordings
//
// A recording is a JSON file in testdata:
//
//	{
//	  "source": "edgeredis dev server over a real Redis (not Upstash), redis_version 7.0.15, recorded 2026-11-23",
//	  "exchanges": [
//	    {
//	      "method": "POST",
//	      "path": "/",
//	      "request_header": {"Upstash-Encoding":"base64"},
//	      "request": ["GET","test-000000000000:greeting"],
//	      "status": 200,
//	      "header": {"Content-Type":"application/json; charset=utf-8"},
//	      "response": {"result":"aGVsbG8="}
//	    }
//	  ]
//	}
//
// Bodies that are no JSON are in request_text and body_text, or, when they are
// not text, in request_base64 and body_base64. A file with "quoted": true was
// written by hand from a documented source; it is replayed but never recorded
// anew.
//
// A request is compared by method, path, JSON body, and the headers
// Upstash-Encoding, Upstash-Response-Format and Upstash-Sync-Token. White space
// in JSON does not count, a number equals the string with the same digits, paths
// are compared after percent-decoding, and the command's name in a path may have
// either case. The token must be there; it is never in the file. In place of an
// argument, of a path segment, of a header's value, of the method, the path or of
// a whole request, "<any>" fits everything. "<any:name>" fits everything too, but
// the same everywhere, and stands for the same value in the response.
//
// # Recording anew
//
// The flag -upstash.record (in this module also -record) runs the same test
// against the server that REDIS_REST_URL and REDIS_REST_TOKEN name, and writes
// the file when the test has passed:
//
//	go test ./mypackage -run TestOrders -upstash.record
//
// The token and the host are removed from everything that is written, also from
// base64; a file in which either would remain is not written. Sync tokens are
// numbered, one number for each answer, keys made by [Recording.Key] get a fixed
// prefix, and arguments named in Options.Any become wildcards, so a second
// recording of the same behaviour leaves the file as it is. source says where it was made: only a host of the
// vendor's counts as Upstash.
//
// # Limits
//
// Requests that run concurrently have no order, so they cannot be replayed; use
// a Fake or the dev server. A replay is as good as its recording: it shows that
// the client has not changed, not that the server still answers this way.
package upstashtest
