//go:build !wasm

package pipeline_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestMergeRandom: two callers do not share what is another one each time.
func TestMergeRandom(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"srandmember s", "ACL GENTOKEN u", "LOLWUT", "ACL GENPASS", "VRANDMEMBER v"} {
		t.Run(text, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int64
				f := &fake{handle: func(_ context.Context, r request, _ []upstash.Command) ([]upstash.Reply, error) {
					out := make([]upstash.Reply, len(r.cmds))
					for i := range out {
						out[i] = upstash.ReplyOf(strconv.FormatInt(n.Add(1), 10))
					}
					return out, nil
				}}
				s := pipeline.NewAuto(f, pipeline.AutoOptions{MergeReads: true}).Scope()
				a := pipeline.Go(t.Context(), s, cmd(text))
				b := pipeline.Go(t.Context(), s, cmd(text))
				x, _ := a.Wait(t.Context())
				y, _ := b.Wait(t.Context())
				if x == y {
					t.Errorf("%s: both callers got %q; requests %v", text, x, f.requests())
				}
			})
		})
	}
}

// lengths is a Transport that looks at the length of requests.
type lengths struct {
	most int
	url  []string
}

func (b *lengths) RoundTrip(_ context.Context, req *upstash.Request, resp *upstash.Response) error {
	b.most = max(b.most, len(req.Body))
	b.url = append(b.url, req.URL)
	resp.Status = 200
	resp.ContentType = append(resp.ContentType[:0], "application/json"...)
	resp.Body = append(resp.Body[:0], `[{"result":"T0s="},{"result":"T0s="}]`...)
	return nil
}

// TestTxScriptSize: a transaction has scripts by source.
func TestTxScriptSize(t *testing.T) {
	t.Parallel()
	b := &lengths{}
	client, err := upstash.New(upstash.Config{URL: "https://x.upstash.io", Token: upstash.Secret("t"), Transport: b})
	if err != nil {
		t.Fatal(err)
	}
	script := upstash.NewScript("--"+strings.Repeat("x", 10_000)+"\nreturn 1", upstash.Reply.Text)
	p := pipeline.NewTxWith(client, pipeline.Options{MaxBytes: 1000})
	pipeline.Add(p, script.Cmd([]string{"k"}))
	pipeline.Add(p, cmd("SET a b"))
	err = p.Exec(t.Context())
	var large *pipeline.TooLargeError
	if !errors.As(err, &large) || b.most > 1000 {
		t.Errorf("a transaction with MaxBytes 1000: %v, sent a body of %d bytes", err, b.most)
	}
}

// TestUpdateBinary: what JSON cannot carry is refused before it is written.
func TestUpdateBinary(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, client *upstash.Client, key string) {
		for _, old := range []string{"", "text"} {
			if old != "" {
				_, _ = client.Do(t.Context(), upstash.NewCommand("SET", key, old))
			}
			v, err := pipeline.Update(t.Context(), client, key, func(string, bool) (string, error) { return "\xff\xfe" + old, nil })
			if !errors.Is(err, upstash.ErrBadArgument) {
				t.Errorf("old %q: binary value gave %q, %v", old, v, err)
			}
		}
	})
}

// TestCloseWaitsForBatch: a batch that came in one piece is under way, too.
func TestCloseWaitsForBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{handle: func(ctx context.Context, r request, c []upstash.Command) ([]upstash.Reply, error) {
			<-time.After(time.Second)
			return echo(ctx, r, c)
		}}
		a := pipeline.NewAuto(f, pipeline.AutoOptions{})
		var wg sync.WaitGroup
		var answered atomic.Bool
		wg.Go(func() {
			p := pipeline.New(a)
			pipeline.Add(p, cmd("SET a b"))
			_ = p.Exec(t.Context())
			answered.Store(true)
		})
		synctest.Wait()
		if err := a.Close(t.Context()); err != nil || !answered.Load() {
			t.Errorf("Close returned %v before the batch was answered", err)
		}
		wg.Wait()
	})
}
