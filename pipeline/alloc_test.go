//go:build !race

package pipeline_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// canned is a DoerBatcher that always gives the same replies.
type canned struct{ replies []upstash.Reply }

func (c canned) DoBatch(_ context.Context, b upstash.Batch) ([]upstash.Reply, error) {
	return c.replies[:len(b.Commands)], nil
}

func (c canned) Do(context.Context, upstash.Command) (upstash.Reply, error) { return c.replies[0], nil }

func newCanned(n int) canned {
	c := canned{make([]upstash.Reply, n)}
	for i := range c.replies {
		c.replies[i] = upstash.ReplyOf("value " + strconv.Itoa(i))
	}
	return c
}

// TestPipelineAllocations: what a pipeline of 1,000 allocates does not depend on
// the number of commands.
func TestPipelineAllocations(t *testing.T) {
	for _, tc := range []struct {
		name     string
		capacity int
		most     float64
	}{
		{"with capacity", 1000, 6}, // pipeline, commands, list of slabs, slab, futures, result list
		{"growing", 0, 35},         // commands and futures grow by doubling
	} {
		t.Run(tc.name, func(t *testing.T) {
			const n = 1000
			c := newCanned(n)
			get := upstash.As(upstash.NewCommand("GET", "k"), upstash.Reply.Text)
			futures := make([]*pipeline.Future[string], n)
			allocs := testing.AllocsPerRun(20, func() {
				p := pipeline.NewWith(c, pipeline.Options{Capacity: tc.capacity})
				for i := range futures {
					futures[i] = pipeline.Add(p, get)
				}
				if err := p.Exec(context.Background()); err != nil {
					t.Error(err)
				}
				for _, x := range futures {
					if _, err := x.Result(); err != nil {
						t.Error(err)
					}
				}
			})
			if allocs > tc.most {
				t.Errorf("%v allocations for %d commands, want at most %v", allocs, n, tc.most)
			}
		})
	}
}

// TestLoneCallerAllocatesNothing: an Auto adds nothing to a caller that is alone.
func TestLoneCallerAllocatesNothing(t *testing.T) {
	a := pipeline.NewAuto(newCanned(1), pipeline.AutoOptions{})
	get := upstash.NewCommand("GET", "k")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := a.Do(ctx, get); err != nil {
			t.Error(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
