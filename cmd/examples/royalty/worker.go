//go:build !wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// The run: who gets what. A real one reads this from the accounting.
const runID = "2026-11"

type creator struct {
	name   string
	amount int // cents
}

var creators = []creator{
	{"ada", 12050},
	{"bela", 880},
	{"chidi", 30125},
	{"dora", 1999},
	{"emre", 45500},
	{"fatou", 720},
	{"gita", 6400},
	{"hugo", 15},
}

// booksKey is a hash: the amount that each creator was paid, who was paid in which
// place, and the place of the next one. One HSET writes all three, so a payout is
// in the books or it is not.
var booksKey = keys.Declare(keys.Counter, "royalty-books", keys.NoTTL).Key(runID)

const nextField = "next"

func payout(c creator, place int) upstash.Cmd[int64] {
	return upstash.HSet(booksKey, c.name, c.amount, "order:"+strconv.Itoa(place), c.name, nextField, place+1)
}

// runTTL is how long a crashed worker holds up the next one. A real run takes
// keys.TTLRoyaltyRunLock, five minutes; this one should not bore.
const runTTL = 1500 * time.Millisecond

// workerMain does the run and returns the exit code.
func workerMain(spec string) int {
	var name string
	var crashAfter int
	if _, err := fmt.Sscan(spec, &name, &crashAfter); err != nil {
		fmt.Fprintln(os.Stderr, "royalty: bad", workerEnv)
		return 2
	}
	client, err := upstash.Default()
	if err == nil {
		err = lock.With(context.Background(), client, keys.RoyaltyRunLock(runID), runTTL,
			func(ctx context.Context, lease *lock.Lease) error {
				return pay(ctx, client, lease, name, crashAfter)
			})
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "royalty: %v; %s\n", err, advice(err))
		return 1
	}
	return 0
}

// advice says what the operator, or whatever restarts workers, should do.
func advice(err error) string {
	switch {
	case errors.Is(err, lock.ErrLost):
		return "somebody else goes on, nothing is paid twice"
	case errors.Is(err, upstash.ErrMaybeApplied):
		return "the last payout may be in the books; start again, it is read from there"
	case errors.Is(err, upstash.ErrBadConfig):
		return "mend the configuration"
	}
	return "start again, the books tell where to go on"
}

// pay goes on where the books end. Each access carries the fencing token, the read
// too: it shuts out every earlier holder, before this one relies on what it read.
func pay(ctx context.Context, d upstash.Doer, lease *lock.Lease, worker string, crashAfter int) error {
	fmt.Println("token", lease.Fence())
	next, err := nextPlace(ctx, d, lease.Fence())
	if err != nil {
		return err
	}
	fmt.Printf("worker %s begins with number %d\n", worker, next)
	for place := next; place < len(creators); place++ {
		if place-next == crashAfter && crashAfter > 0 {
			os.Exit(1) // no clean-up, no release
		}
		c := creators[place]
		if _, err := lock.Fenced(lease.Fence(), payout(c, place)).Do(ctx, d); err != nil {
			return err
		}
		fmt.Printf("worker %s pays %s %d.%02d\n", worker, c.name, c.amount/100, c.amount%100)
	}
	return nil
}

func nextPlace(ctx context.Context, d upstash.Doer, fence int64) (int, error) {
	text, err := lock.Fenced(fence, upstash.HGet(booksKey, nextField)).Do(ctx, d)
	if errors.Is(err, upstash.ErrNil) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}
