// Package local is an in-process level for [cache.Options], made with
// github.com/maypok86/otter. It is apart from package cache so that programs
// without such a level do not link it.
//
// The level is bounded in entries and in bytes, admits by frequency, and starts no
// goroutine of its own that stays. How long an entry may be served is not its
// business but Options.LocalTTL's: that, and not more, is how much later than
// Redis this process may notice that another process has changed or deleted an
// entry. What this process itself writes through the same cache it sees at once.
package local
