// Package smalljson encodes and decodes Go values as encoding/json does, in a
// fraction of the code: WebAssembly programs are measured by their size, and there
// encoding/json, with fmt and os behind it, is 300 kB compressed, in part even
// when it is imported and not used.
//
// [Marshal] and [Unmarshal] agree with encoding/json (version 1) on values and
// texts: struct tags with all options, embedded structs, MarshalJSON, MarshalText
// and their counterparts, json.Number and json.RawMessage, HTML escaping, sorted
// map keys, case-insensitive field names, null, []byte as base64, what is refused.
// Tests and a fuzz target compare the two. They differ in this:
//
//   - The types and texts of errors, which are plain here.
//   - A value nested deeper than 10,000 levels is refused when it is encoded, where
//     encoding/json looks for a cycle.
//   - Letters beyond ASCII that differ in case are different in the names of fields,
//     and every sign beyond ASCII may stand in a name that a tag gives, where
//     encoding/json passes over names with signs that are neither letters nor
//     digits. To know letters takes 9 kB of tables, compressed.
//   - A tag may be spelled with the escapes of JSON only.
//
// It is slower than go-json, which serves on other platforms; numbers of more than
// 15 digits with a fraction are read with long division, in some microseconds.
package smalljson
