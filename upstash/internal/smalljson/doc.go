// Package smalljson encodes and decodes Go values as encoding/json does, in a
// fraction of the code: WebAssembly programs are measured by their size, and there
// encoding/json, with fmt and os behind it, is 300 kB compressed, in part even
// when it is imported and not used.
//
// [Marshal] and [Unmarshal] agree with encoding/json (version 1) on values and
// texts: struct tags with all options, embedded structs, MarshalJSON, MarshalText
// and their counterparts, json.Number and json.RawMessage, HTML escaping, sorted
// map keys, case-insensitive field names, null, []byte as base64, what is refused.
// Tests and a fuzz target compare the two. They differ in the types and texts of
// errors, which are plain here, and in that a value nested deeper than 10,000
// levels is refused when it is encoded, where encoding/json looks for a cycle.
//
// It is slower than go-json, which serves on other platforms.
package smalljson
