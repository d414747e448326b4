//go:build !wasm

package main

import (
	"context"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

const lockTTL = 30 * time.Second

// demoLock takes a lock, and shows that only its owner can give it back.
func demoLock(ctx context.Context, d *demo) (string, error) {
	lock := d.key("lock")
	acquire := func(owner string, want bool) error {
		set := upstash.NewCommand("SET", lock, owner, "NX", "PX", lockTTL.Milliseconds())
		got, err := send(ctx, d, upstash.As(set, upstash.Reply.Set))
		if err == nil && got != want {
			err = checkFailed("SET NX by %s: stored is %t, want %t", owner, got, want)
		}
		return err
	}
	release := func(owner string, want int64) error {
		got, err := sendScript(ctx, d, "release.lua", releaseScript.Cmd([]string{lock}, owner))
		if err == nil && got != want {
			err = checkFailed("release by %s: released %d, want %d", owner, got, want)
		}
		return err
	}
	for _, do := range []func() error{
		func() error { return acquire("alice", true) },
		func() error { return acquire("bob", false) },
		func() error { return release("bob", 0) },
		func() error { return release("alice", 1) },
		func() error { return acquire("bob", true) },
	} {
		if err := do(); err != nil {
			return "", err
		}
	}
	return "bob can neither take nor release what alice holds", nil
}

// The sliding window of the demo: limit hits within window.
const (
	windowLimit = 5
	window      = keyTTL
)

// demoWindow hits until it is refused, and checks that this is exactly after the
// limit.
func demoWindow(ctx context.Context, d *demo) (string, error) {
	key := d.key("window")
	for hit := range windowLimit + 1 {
		got, err := sendScript(ctx, d, "window.lua", windowScript.Cmd([]string{key}, windowLimit, window.Milliseconds()))
		if err != nil {
			return "", err
		}
		if len(got) != 3 {
			return "", checkFailed("the script did not return a decision")
		}
		allowed, left, wait := got[0] == 1, got[1], got[2]
		switch {
		case hit < windowLimit && (!allowed || left != int64(windowLimit-1-hit)):
			return "", checkFailed("hit %d of %d was counted wrongly", hit+1, windowLimit)
		case hit == windowLimit && (allowed || wait <= 0 || wait > window.Milliseconds()):
			return "", checkFailed("hit %d was not refused", hit+1)
		}
	}
	return "5 hits allowed, the 6th refused with a time to wait", nil
}
