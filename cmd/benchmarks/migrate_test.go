//go:build unix

package benchmarks_test

import (
	"context"
	"log"
	"time"

	"github.com/redis/go-redis/v9"
)

// The README's snippet of go-redis; it is compiled here, because go-redis is no
// dependency of edgeredis.
func Example_fromTCP() {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	ctx := context.Background()

	err := rdb.Set(ctx, "user:1:name", "Ada", time.Hour).Err()
	if err != nil {
		log.Fatal(err)
	}
	name, err := rdb.Get(ctx, "user:1:name").Result() // redis.Nil when there is none
	if err != nil {
		log.Fatal(err)
	}
	tx := rdb.TxPipeline()
	visits := tx.Incr(ctx, "visits")
	tx.Expire(ctx, "visits", time.Hour)
	if _, err := tx.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	err = rdb.Watch(ctx, func(t *redis.Tx) error {
		old, err := t.Get(ctx, "stars").Result()
		if err != nil && err != redis.Nil {
			return err
		}
		_, err = t.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "stars", old+"*", 0).Err() })
		return err // redis.TxFailedErr: do it again yourself
	}, "stars")

	log.Println(name, visits.Val(), err)
}
