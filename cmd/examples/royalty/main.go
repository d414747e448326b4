//go:build !wasm

// Royalty shows a job that must be done once and survives a crash: a royalty run
// pays creators one after another under a lock. The first worker dies in the
// middle; the second gets the lock when its TTL ends, with a higher fencing token,
// and goes on where the first one stopped. What the dead worker still has in
// flight is refused.
//
//	go run ./cmd/examples/royalty
//
// The workers are processes of their own. The database is an embedded one.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// workerEnv makes a process a worker: its name and the number of payouts after
// which it crashes, "A 3". 0 means never.
const workerEnv = "ROYALTY_WORKER"

func main() {
	if spec := os.Getenv(workerEnv); spec != "" {
		os.Exit(workerMain(spec))
	}
	flag.Parse()
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "royalty:", err)
		os.Exit(1)
	}
}

// run serves a database, sends two workers, and checks the books.
func run(ctx context.Context, out io.Writer) error {
	srv, err := devserver.Start(devserver.Options{})
	if err != nil {
		return err
	}
	defer srv.Close()
	client, err := upstash.New(upstash.Config{URL: srv.URL, Token: upstash.Secret(srv.Token)})
	if err != nil {
		return err
	}
	defer client.Close()

	tokenA, err := send(ctx, out, srv, "A 3")
	if _, crashed := errors.AsType[*exec.ExitError](err); !crashed {
		return errors.Join(errors.New("worker A was meant to crash"), err)
	}
	fmt.Fprintln(out, "worker A has crashed; its lock ends by itself")
	tokenB, err := send(ctx, out, srv, "B 0")
	if err != nil {
		return fmt.Errorf("worker B: %w", err)
	}
	fmt.Fprintln(out, "the fencing token has grown:", tokenB > tokenA)
	if err := refuseLate(ctx, client, tokenA); err != nil {
		return err
	}
	fmt.Fprintln(out, "a late payout of worker A is refused")
	return checkBooks(ctx, out, client)
}

// send runs a worker to its end, shows what it says, and returns its fencing
// token.
func send(ctx context.Context, out io.Writer, srv *devserver.Running, spec string) (fence int64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), workerEnv+"="+spec, "REDIS_REST_URL="+srv.URL, "REDIS_REST_TOKEN="+srv.Token)
	cmd.Stderr = os.Stderr
	says, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(says); lines.Scan(); {
		if text, is := strings.CutPrefix(lines.Text(), "token "); is {
			fence, _ = strconv.ParseInt(text, 10, 64)
			continue
		}
		fmt.Fprintln(out, " ", lines.Text())
	}
	return fence, cmd.Wait()
}

// refuseLate plays the payout that worker A had on its way when it died.
func refuseLate(ctx context.Context, d upstash.Doer, fence int64) error {
	_, err := lock.Fenced(fence, payout(creators[0], 0)).Do(ctx, d)
	if !errors.Is(err, lock.ErrLost) {
		return errors.Join(errors.New("the late payout was let through"), err)
	}
	return nil
}

// checkBooks wants every creator paid, exactly once.
func checkBooks(ctx context.Context, out io.Writer, d upstash.Doer) error {
	books, err := upstash.HGetAll(booksKey).Do(ctx, d)
	if err != nil {
		return err
	}
	for i, c := range creators {
		if books[c.name] != strconv.Itoa(c.amount) || books["order:"+strconv.Itoa(i)] != c.name {
			return fmt.Errorf("the books are wrong about %s", c.name)
		}
	}
	if n := len(books); n != 2*len(creators)+1 {
		return fmt.Errorf("the books have %d entries", n)
	}
	fmt.Fprintf(out, "%d creators paid once each\n", len(creators))
	return nil
}
