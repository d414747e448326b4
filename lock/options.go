package lock

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// Defaults and limits of [Options].
const (
	DefaultTTL      = 10 * time.Second
	DefaultRetry    = 100 * time.Millisecond
	DefaultRetryMax = 2 * time.Second
	DefaultGrace    = time.Second

	// MinTTL is the shortest of which Redis's resolution and the default margin leave
	// something, MaxTTL what every timer in the chain can hold (2^31 ms is a little
	// over 24 days).
	MinTTL = 3 * time.Millisecond
	MaxTTL = 24 * 24 * time.Hour

	// MaxNames is the largest number of names that are taken at once.
	MaxNames = 64
)

// The kinds of keys that this package keeps beside the locks themselves.
var (
	// KindFence counts the acquisitions of a lock. A counter lives 60 days from
	// its making, longer than any lease; the next one starts beyond it.
	KindFence = keys.Of(keys.Counter, "lock-fence", fenceLife)
	// KindSeen remembers the highest fencing token that [Fenced] has let
	// through to a key.
	KindSeen = keys.Of(keys.Counter, "fence-seen", fenceLife)
	// KindLine is the line of those who wait for a lock, with Options.Wake.
	KindLine = keys.Of(keys.Jobs, "lock-line", keys.NoTTL)
)

const (
	fenceLife     = 60 * 24 * time.Hour
	fenceLifeText = "5184000000" // in milliseconds, for the scripts
)

// A Subscribe delivers messages that are published to a channel. The method
// [upstash.Client.Subscribe] is one, when the client's transport can stream. (It is
// a function, because an interface would make the linker keep the streaming of
// every client: 18 kB compressed of a WebAssembly program, used or not.)
type Subscribe func(ctx context.Context, channel string, o upstash.StreamOptions) iter.Seq2[upstash.Event, error]

// Options tune a [Locker], a [Semaphore] or a quorum. The zero value is good.
type Options struct {
	// TTL is how long a lock outlives a holder that has died, and the longest a
	// holder goes on without hearing from the server. 0 means 10s. At least
	// 3 milliseconds, at most 24 days, rounded down to milliseconds.
	TTL time.Duration

	// Renew is the time between renewals. 0 means TTL/3, negative means that
	// leases are never renewed by themselves.
	Renew time.Duration

	// Margin is how long before the server may give the lock away the holder is
	// told that it is lost. It covers the drift of the two clocks over one TTL
	// and the resolution of the server's. 0 means TTL/100 + 2ms, as in Redlock;
	// make it longer when work needs time to stop.
	Margin time.Duration

	// Retry and RetryMax bound the time between two tries of Acquire: it begins
	// at Retry and doubles up to RetryMax, each drawn from the upper half of
	// that. 0 means 100ms and 2s (or Retry, when that is longer). No try comes
	// before the time when the present holder's TTL ends if that is sooner.
	Retry, RetryMax time.Duration

	// Grace is how long Release, and the clean-up of a failed Acquire, goes on
	// after ctx has ended. 0 means 1s, negative means not at all.
	Grace time.Duration

	// NoFence gives up fencing tokens: Lease.Fence is 0. It makes the cheapest
	// cycle, two commands on servers that have SET IFEQ and DELEX.
	NoFence bool

	// Scripts uses Lua from the start, without asking the server for SET IFEQ
	// and DELEX. Without it, a server that lacks them costs one refused command
	// per Locker.
	Scripts bool

	// Wake, when set, makes Acquire wait in a line that the database keeps:
	// Release hands the lock to the first in it and wakes that waiter by a
	// message. Usually client.Subscribe of the client that runs the commands.
	// Without it, and while the stream is down, Acquire asks again and again.
	Wake Subscribe

	// Class names the class of a lock for Stats and Observe. nil means the first
	// two parts of a name like "lock:payout:42"; "other" for other names.
	Class func(name string) string

	// Observe, when set, is told what happens, on the goroutine where it happens.
	// It must be fast and safe for concurrent use.
	Observe func(Event)

	clock clock // nil means the system's; a seam for tests
}

// settings are what a Locker goes by. They are not its Options, because those would
// have every program know the types of streams and events.
type settings struct {
	_ [0]func() // nobody compares them, so no code for that need be linked

	TTL, Renew, Margin, Retry, RetryMax, Grace time.Duration
	NoFence, Scripts                           bool
	clock                                      clock
}

func (o *Options) settings() settings {
	return settings{
		TTL: o.TTL, Renew: o.Renew, Margin: o.Margin, Retry: o.Retry, RetryMax: o.RetryMax, Grace: o.Grace,
		NoFence: o.NoFence, Scripts: o.Scripts, clock: o.clock,
	}
}

const shortTTL = "the TTL is shorter than 3 milliseconds" // MinTTL

// complete fills in the defaults and checks o, and that there are Doers.
func (o *settings) complete(ds ...upstash.Doer) error {
	o.TTL = orElse(o.TTL, DefaultTTL)
	o.TTL -= o.TTL % time.Millisecond
	reason := ""
	switch {
	case o.TTL < MinTTL:
		reason = shortTTL
	case o.TTL > MaxTTL:
		reason = "the TTL is longer than 24 days"
	case o.Margin < 0:
		reason = "the margin is negative"
	case o.Retry < 0 || o.RetryMax < 0:
		reason = "the time between tries is negative"
	}
	o.Margin = orElse(o.Margin, o.TTL/100+2*time.Millisecond)
	o.Renew = orElse(o.Renew, o.TTL/3)
	if reason == "" && o.validity() <= 0 {
		reason = "the margin leaves nothing of the TTL"
	}
	if reason == "" && o.Renew >= max(o.validity(), o.TTL/2) {
		reason = "the renewal period is not shorter than the TTL without its margin"
	}
	for _, d := range ds {
		if reason == "" && d == nil {
			reason = "the Doer is nil"
		}
	}
	if reason != "" {
		return badArgument(reason)
	}
	o.Retry = min(orElse(o.Retry, DefaultRetry), MaxTTL)
	o.RetryMax = min(max(orElse(o.RetryMax, DefaultRetryMax), o.Retry), MaxTTL) // sums stay far from overflow
	o.Grace = max(orElse(o.Grace, DefaultGrace), 0)
	return nil
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// validity is how long a lease lasts, by the local clock, from the moment when
// the request for it was sent.
func (o *settings) validity() time.Duration { return o.TTL - o.Margin }

// fits reports whether the name and the longest key made from it can be keys.
// Escaping at most triples a name, so short ones need not be spelled out.
func fits(name string) bool {
	const longest = keys.MaxLength/3 - 64
	return len(name) <= longest || len(name) <= keys.MaxLength && len(KindFence.Key(name)) <= keys.MaxLength
}

// checkNames refuses what the database would refuse, or what would lock a name
// twice.
func checkNames(names []string) error {
	if len(names) == 0 || len(names) > MaxNames {
		return badArgument("needs 1 to 64 names")
	}
	for i, name := range names {
		if err := checkName(name); err != nil {
			return err
		}
		if slices.Contains(names[:i], name) {
			return badArgument("the same name comes twice")
		}
	}
	return nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return badArgument("the name is empty")
	case !valid(name):
		return badArgument("the name is not UTF-8")
	case !fits(name):
		return badArgument("the name is too long for a key of 32768 bytes")
	}
	return nil
}

// valid is utf8.ValidString, of which less is left in a WebAssembly program.
func valid(name string) bool {
	for i, r := range name {
		if r == utf8.RuneError && !strings.HasPrefix(name[i:], "\uFFFD") {
			return false
		}
	}
	return true
}
