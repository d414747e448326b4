// Package keys is the key schema: which kinds of keys exist, how they are
// spelled, and how long they live.
//
// A key is "category:entity:id". There are eight categories; a [Kind] is one
// entity of a category together with its TTL, declared once:
//
//	var Invoice = keys.Declare(keys.Cache, "invoice", 10*time.Minute)
//
//	Invoice.Key("2026-77")  // cache:invoice:2026-77
//	Invoice.TTL()           // 10m0s
//	Invoice.Pattern()       // cache:invoice:*
//
// The kinds of the platform are declared here ([KindUser], [KindPayoutLock] and
// so on), each with a function that spells its key: [User]("123") is
// "cache:user:123", the same name that a TypeScript service writes as
// `cache:user:${id}`.
//
// # Guarantees
//
//   - Different kinds, or different ids of a kind, never share a key, whatever
//     bytes the ids have. Ids of letters, digits and ordinary punctuation are
//     spelled as they are; anything that separates, matches or hides (":", "*",
//     "?", "[", "]", "\", "%", blanks, control characters, those of no width or
//     that change the direction of text, bytes that are not UTF-8) is
//     percent-encoded, as in URLs.
//   - A key is valid UTF-8 and one line, so it travels in JSON and in a log.
//   - [Kind.Pattern] matches the keys of that kind and no others.
//   - [Parse] undoes [Kind.Key] exactly, and accepts nothing else.
//
// Not guaranteed: that two spellings of the same text (é as one or as two code
// points) are the same id. Normalise before, where users type ids.
//
// The database takes keys up to 32 KB. [Kind.Make] and [Check] refuse longer ones
// before anything is sent; [Kind.Key] only spells.
//
// Everything here is pure: no I/O, no state, safe for concurrent use.
package keys
