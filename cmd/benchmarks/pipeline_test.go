//go:build unix

package benchmarks_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/rueidis"

	"github.com/yesgoddess/edgeredis/pipeline"
	"github.com/yesgoddess/edgeredis/upstash"
)

// BenchmarkGet16 is one GET of 16 bytes at a time.
func BenchmarkGet16(b *testing.B) {
	url, addr := start(b, "canned"), filledRedis(b)
	ours, goRedis, rueidis := newClient(b, url, upstash.Base64), newGoRedis(b, addr), newRueidis(b, addr)
	k := key(1)
	contest(b,
		contestant{"edgeredis", func(ctx context.Context) error {
			v, err := upstash.Get(k).Do(ctx, ours)
			return check(k, v, err)
		}},
		contestant{"go-redis", func(ctx context.Context) error {
			v, err := goRedis.Get(ctx, k).Result()
			return check(k, v, err)
		}},
		contestant{"rueidis", func(ctx context.Context) error {
			v, err := rueidis.Do(ctx, rueidis.B().Get().Key(k).Build()).ToString()
			return check(k, v, err)
		}},
	)
}

// pipeLen is the number of commands of a pipeline.
const pipeLen = 1000

// BenchmarkPipeline1000 is one pipeline of 1,000 GETs of 16 bytes, each of another
// key, made anew each time and unpacked to strings. Ours knows how many they will
// be, as the one for rueidis does; "growing" does not. "batch" is DoBatch below the
// pipeline, with commands made once: the others cannot run theirs again.
func BenchmarkPipeline1000(b *testing.B) {
	url, addr := start(b, "canned"), filledRedis(b)
	keys := make([]string, pipeLen)
	for i := range keys {
		keys[i] = key(i)
	}
	base64, resp2 := newClient(b, url, upstash.Base64), newClient(b, url, upstash.RESP2)
	sized := pipeline.Options{Capacity: len(keys)}
	contest(b,
		pipelineOf("edgeredis", base64, sized, keys),
		pipelineOf("edgeredis-resp2", resp2, sized, keys),
		pipelineOf("edgeredis-growing", base64, pipeline.Options{}, keys),
		batchOf("edgeredis-batch", base64, keys),
		pipelineOfGoRedis(b, addr, keys),
		pipelineOfRueidis(b, addr, keys),
	)
}

func pipelineOf(name string, c *upstash.Client, o pipeline.Options, keys []string) contestant {
	return contestant{name, func(ctx context.Context) error {
		p := pipeline.NewWith(c, o)
		values := make([]*pipeline.Future[string], len(keys))
		for i, k := range keys {
			values[i] = pipeline.Add(p, upstash.Get(k))
		}
		if err := p.Exec(ctx); err != nil {
			return err
		}
		for i, k := range keys {
			v, err := values[i].Result()
			if err = check(k, v, err); err != nil {
				return err
			}
		}
		return nil
	}}
}

func batchOf(name string, c *upstash.Client, keys []string) contestant {
	cmds := make([]upstash.Command, len(keys))
	for i, k := range keys {
		cmds[i] = upstash.Get(k).Command
	}
	return contestant{name, func(ctx context.Context) error {
		replies, err := c.DoBatch(ctx, upstash.Batch{Commands: cmds})
		if err != nil {
			return err
		}
		for i, k := range keys {
			v, err := replies[i].Text()
			if err = check(k, v, err); err != nil {
				return err
			}
		}
		return nil
	}}
}

func pipelineOfGoRedis(b *testing.B, addr string, keys []string) contestant {
	c := newGoRedis(b, addr)
	return contestant{"go-redis", func(ctx context.Context) error {
		p := c.Pipeline()
		values := make([]interface{ Result() (string, error) }, len(keys))
		for i, k := range keys {
			values[i] = p.Get(ctx, k)
		}
		if _, err := p.Exec(ctx); err != nil {
			return err
		}
		for i, k := range keys {
			v, err := values[i].Result()
			if err = check(k, v, err); err != nil {
				return err
			}
		}
		return nil
	}}
}

func pipelineOfRueidis(b *testing.B, addr string, keys []string) contestant {
	c := newRueidis(b, addr)
	return contestant{"rueidis", func(ctx context.Context) error {
		cmds := make(rueidis.Commands, len(keys))
		for i, k := range keys {
			cmds[i] = c.B().Get().Key(k).Build()
		}
		for i, r := range c.DoMulti(ctx, cmds...) {
			v, err := r.ToString()
			if err = check(keys[i], v, err); err != nil {
				return err
			}
		}
		return nil
	}}
}

// filledRedis starts a Redis with all keys.
func filledRedis(b *testing.B) string {
	b.Helper()
	addr := startRedis(b)
	p := newGoRedis(b, addr).Pipeline()
	for i := range pipeLen {
		p.Set(b.Context(), key(i), value(key(i)), 0)
	}
	if _, err := p.Exec(b.Context()); err != nil {
		b.Fatal(err)
	}
	return addr
}

// check sees that a contestant did its work: values hold the digits of their key.
func check(key, v string, err error) error {
	if err == nil && (len(v) != 16 || v[6:10] != key[len(key)-4:]) {
		err = fmt.Errorf("%s holds %q", key, v)
	}
	return err
}
