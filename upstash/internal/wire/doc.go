// Package wire is the wire format of the Upstash REST API in both directions:
// commands as JSON arrays of strings out, replies in JSON (plain or base64) or
// RESP2 in. It imports no JSON library, no fmt and no reflect, because it is
// compiled to WebAssembly, and it allocates only what the caller keeps.
//
// # Out
//
// [AppendCommand] and [AppendBatch] append to a buffer that the caller reuses.
// JSON cannot carry bytes that are not UTF-8, and this package never changes
// bytes silently: such an argument is refused, by its position.
//
// # In
//
// [DecodeReply] decodes the answer to one command, [DecodeBatch] and
// [DecodeBatchFunc] that to a pipeline or transaction, [DecodeRESP] and
// [DecodeRESPBatch] the same in RESP2. All of them guarantee:
//
//   - Returned strings never alias body, so that body may be pooled. Body is
//     scratch space: its content is undefined after the call.
//   - Integers are exact to 64 bits. A number that is no int64 keeps its text.
//   - Plain JSON is accepted, refused and understood as encoding/json does it:
//     invalid UTF-8 and lone surrogates become U+FFFD.
//   - Base64 is strict: standard alphabet, padding required, unused bits zero,
//     exactly as encoding/base64.StdEncoding.Strict. Text that is not base64 is
//     an error, never a value.
//   - Depth and number of elements are bounded ([Limits]). Time is linear in the
//     body, and memory stays in proportion to what it holds, whatever lengths it
//     announces. An element takes a [Value], 56 bytes, so the default limit of
//     a million elements stands for 59 MB, and half as much again while the
//     slice that holds them grows. Where memory is scarce, lower it.
//   - Errors are a *[SyntaxError], [ErrTooDeep] or [ErrTooManyElements] and never
//     quote the body. No input makes a decoder panic.
//
// # Strings and memory
//
// The string of a single reply is copied once, into memory of its own; OK and
// the empty string cost nothing. Strings of up to 1 KiB in an array or a batch
// share blocks of at most 32 KiB, so that a pipeline of a thousand small values
// costs two allocations; keeping one such string therefore keeps at most 32 KiB
// alive. Longer strings have memory of their own. A caller that keeps a few
// strings out of many for long can strings.Clone them.
//
// # What the package does not do
//
// It does not read HTTP, does not know commands, does not speak RESP3 (its
// types are reported as [ErrRESP3]) and does not bound the size of the body:
// that is the transport's work.
package wire
