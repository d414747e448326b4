package lock

import (
	_ "embed" // the scripts

	"github.com/yesgoddess/edgeredis/upstash"
)

var (
	// Runs a command if the owner still has the lock.
	// KEYS: the lock, the command's key. ARGV: owner, the command's name, what follows
	// its key. Reply: 1 and the command's reply, or 0.
	//go:embed guard.lua
	guardSource string
	// Runs a command unless a higher fencing token has been seen at its key.
	// KEYS: what has been seen, the command's key. ARGV: fencing token, lifetime of
	// what has been seen in ms, the command's name, what follows its key.
	// Reply: 1 and the command's reply, or 0.
	//go:embed fenced.lua
	fencedSource string

	guardScript  = script{src: &guardSource}
	fencedScript = script{src: &fencedSource}
)

// Guard makes a command that the database runs only if it still has the lease;
// otherwise its error matches [ErrLost]. Check and command are one step, so a
// holder that was stopped for an hour between two lines of code changes nothing.
// The lock and the data must be in the same database; see [Fenced] for data
// elsewhere. Three commands are billed.
//
//	lock.Guard(lease, upstash.Set("run:42:done", n)).Do(ctx, client)
//
// cmd must have exactly one key, right behind its name: GET, SET, INCRBY, HSET,
// ZADD and their kin. A lease of several names is guarded by the first. Leases of
// a semaphore or a quorum cannot guard.
func Guard[T any](le *Lease, cmd upstash.Cmd[T]) upstash.Cmd[T] {
	owner, name := "-", "-"
	if le != nil && le.s != nil {
		if oneDatabase(le.s.l.site) == nil {
			return refusedCommand[T]("a guard needs a lock in one database")
		}
		owner, name = le.s.h.owner, le.s.h.name
	}
	return guarded(cmd, &guardScript, 2, []string{name}, owner)
}

// Fenced makes a command that is run only if no higher fencing token has been
// seen at its key; otherwise its error matches [ErrLost]. What has been seen is
// kept beside the key, so the data may be in another database than the lock. Four
// commands are billed. The rules for cmd are those of [Guard].
//
// Every access of the protected work has to go through Fenced, reads too: only an
// access under a new token shuts the old one out. A new holder that reads
// unfenced, and a stopped one that writes after that, would still lose an update.
func Fenced[T any](fence int64, cmd upstash.Cmd[T]) upstash.Cmd[T] {
	if fence <= 0 {
		return refusedCommand[T]("the fencing token is not positive; is the lock without fencing?")
	}
	var seen []string
	if args := cmd.Args(); len(args) > 1 {
		seen = []string{KindSeen.Key(args[1])}
	}
	return guarded(cmd, &fencedScript, 3, seen, itoa(fence), fenceLifeText)
}

// guarded wraps cmd into a script whose reply is 1 and the reply of cmd, or 0.
func guarded[T any](cmd upstash.Cmd[T], s *script, billed int, ks []string, args ...string) upstash.Cmd[T] {
	if cmd.Err() != nil {
		return cmd
	}
	words := cmd.Args()
	if len(words) < 2 {
		return refusedCommand[T]("the guarded command has no key")
	}
	for i, word := range words {
		if i != 1 {
			args = append(args, word)
		}
	}
	decode := func(r upstash.Reply) (T, error) {
		var zero T
		if err := r.Err(); err != nil {
			return zero, err
		}
		if ok, err := r.Index(0).Bool(); err != nil || !ok {
			if err != nil {
				return zero, err
			}
			return zero, errStale
		}
		return cmd.Decode(r.Index(1))
	}
	return upstash.As(s.get().Command(append(ks, words[1]), args...).WithBilled(billed), decode)
}

// refusedCommand is a command that fails before any I/O.
func refusedCommand[T any](reason string) upstash.Cmd[T] {
	bad := upstash.NewCommand("EVALSHA", badArg{reason})
	return upstash.As(bad, func(upstash.Reply) (T, error) {
		var zero T
		return zero, badArgument(reason)
	})
}

// badArg is an argument that cannot be sent, for the reason given.
type badArg struct{ reason string }

// MarshalText fails.
func (b badArg) MarshalText() ([]byte, error) { return nil, badArgument(b.reason) }
