//go:build !wasm

package main

import (
	"context"
	_ "embed"
	"errors"
	"slices"

	"github.com/yesgoddess/edgeredis/upstash"
)

// A stepFunc runs one step and says what it has verified.
type stepFunc func(ctx context.Context, d *demo) (verified string, err error)

// demoSteps is the tour.
var demoSteps = []struct {
	name, title string
	run         stepFunc
}{
	{"ping", "PING: is anybody there?", demoPing},
	{"set_get", "SET and GET: write a value and read it back", demoSetGet},
	{"pipeline", "Pipeline: several commands in one request", demoPipeline},
	{"transaction", "Transaction: all or nothing, with nobody in between", demoTransaction},
	{"eval", "EVAL: a Lua script that runs inside the database", demoEval},
	{"binary", "Binary: a value of all 256 bytes survives unchanged", demoBinary},
	{"lock", "Lock: SET NX PX, released by a script that knows the owner", demoLock},
	{"sliding_window", "Sliding window, 5 hits a minute: [allowed, hits left, ms to wait]", demoWindow},
}

// The scripts carry no digest here: package upstash computes it, asks for the
// script by digest, and sends the source when the server does not know it.
var (
	//go:embed count.lua
	countSource string
	//go:embed release.lua
	releaseSource string
	//go:embed window.lua
	windowSource string

	countScript   = upstash.NewScript(countSource, upstash.Reply.Int64s)
	releaseScript = upstash.NewScript(releaseSource, upstash.Reply.Int64)
	windowScript  = upstash.NewScript(windowSource, upstash.Reply.Int64s)
)

func demoPing(ctx context.Context, d *demo) (string, error) {
	pong, err := send(ctx, d, upstash.Ping())
	if err == nil && pong != "PONG" {
		err = checkFailed("PING was not answered with PONG")
	}
	return "the server answers", err
}

func demoSetGet(ctx context.Context, d *demo) (string, error) {
	key, value := d.key("greeting"), "Hello, edge!"
	if _, err := send(ctx, d, upstash.SetWith(key, value, upstash.SetOptions{TTL: keyTTL})); err != nil {
		return "", err
	}
	got, err := send(ctx, d, upstash.Get(key))
	if err == nil && got != value || errors.Is(err, upstash.ErrNil) {
		err = checkFailed("GET did not return what SET had written")
	}
	return "the value read is the value written", err
}

func demoPipeline(ctx context.Context, d *demo) (string, error) {
	key, missing := d.key("visits"), d.key("missing")
	replies, err := sendBatch(
		ctx, d, "pipeline",
		upstash.SetWith(key, 40, upstash.SetOptions{TTL: keyTTL}).Command,
		upstash.Incr(key).Command,
		upstash.IncrBy(key, 1).Command,
		upstash.MGet(key, missing).Command,
	)
	if err != nil {
		return "", err
	}
	last := replies[3]
	if n, err := last.Index(0).Int64(); err != nil || n != 42 || !last.Index(1).IsNil() {
		return "", checkFailed("the pipeline's commands did not run in order")
	}
	return "4 commands in 1 request, replies in order", nil
}

func demoTransaction(ctx context.Context, d *demo) (string, error) {
	from, to := d.key("account:a"), d.key("account:b")
	replies, err := sendBatch(
		ctx, d, "transaction",
		upstash.SetWith(from, 100, upstash.SetOptions{TTL: keyTTL}).Command,
		upstash.SetWith(to, 0, upstash.SetOptions{TTL: keyTTL}).Command,
		upstash.DecrBy(from, 30).Command,
		upstash.IncrBy(to, 30).Command,
	)
	if err != nil {
		return "", err
	}
	a, errA := replies[2].Int64()
	b, errB := replies[3].Int64()
	if errA != nil || errB != nil || a != 70 || b != 30 {
		return "", checkFailed("the transaction did not move 30 from one key to the other")
	}
	return "30 moved from one key to the other in one step", nil
}

func demoEval(ctx context.Context, d *demo) (string, error) {
	key, ttl := d.key("counter"), keyTTL.Milliseconds()
	for want := int64(5); want <= 10; want += 5 {
		got, err := sendScript(ctx, d, "count.lua", countScript.Cmd([]string{key}, 5, ttl))
		if err != nil {
			return "", err
		}
		if len(got) != 2 || got[0] != want || got[1] <= 0 || got[1] > ttl {
			return "", checkFailed("the script did not return the counter and its lifetime")
		}
	}
	return "counted in one step; run 2 needs only the digest", nil
}

func demoBinary(ctx context.Context, d *demo) (string, error) {
	key, value := d.key("binary"), make([]byte, 256)
	for i := range value {
		value[i] = byte(i)
	}
	if _, err := send(ctx, d, upstash.SetWith(key, value, upstash.SetOptions{TTL: keyTTL})); err != nil {
		return "", err
	}
	got, err := send(ctx, d, upstash.As(upstash.Get(key).Command, upstash.Reply.Bytes))
	if err == nil && !slices.Equal(got, value) {
		err = checkFailed("the 256 bytes did not come back as they were sent")
	}
	return "all 256 bytes are the same (raw body, then base64)", err
}
