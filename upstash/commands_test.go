package upstash_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestCommandsMethods checks the three kinds of methods; the generator's own tests
// check that there is one for each constructor.
func TestCommandsMethods(t *testing.T) {
	t.Parallel()
	p := &pages{replies: []any{"v", "OK", errors.New("WRONGTYPE no"), nil}}
	db := upstash.On(p)
	if v, err := db.Get(t.Context(), "k"); v != "v" || err != nil {
		t.Errorf("Get: %q, %v", v, err)
	}
	if err := db.Set(t.Context(), "k", "v"); err != nil {
		t.Errorf("Set: %v", err)
	}
	if err := db.Set(t.Context(), "k", "v"); !errors.Is(err, upstash.ErrWrongType) {
		t.Errorf("Set of a wrong type: %v", err)
	}
	if _, err := db.SetGet(t.Context(), "k", "v", upstash.SetOptions{}); !errors.Is(err, upstash.ErrNil) {
		t.Errorf("SetGet: %v", err)
	}
}

// scriptedReplies is a Doer for examples.
type scriptedReplies map[string]any

func (s scriptedReplies) Do(_ context.Context, cmd upstash.Command) (upstash.Reply, error) {
	return upstash.ReplyOf(s[cmd.Name()]), cmd.Err()
}

func ExampleOn() {
	d := scriptedReplies{"SET": nil, "ZRANGE": []string{"ada", "12.5"}}
	db := upstash.On(d) // client.Commands() in real life
	ctx := context.Background()

	got, err := db.SetWith(ctx, "lock:job", "owner-1", upstash.SetOptions{NX: true, TTL: 30 * time.Second})
	fmt.Println(got, err)

	top, err := db.ZRangeWithScores(ctx, "scores", 0, 0)
	fmt.Println(top, err)

	_, err = db.SetWith(ctx, "k", "v", upstash.SetOptions{NX: true, XX: true})
	fmt.Println(err)
	// Output:
	// false <nil>
	// [{ada 12.5}] <nil>
	// upstash: SET: can have only one of NX, XX, IfEqual, IfNotEqual, IfDigest and IfNotDigest
}

func ExampleScanKeys() {
	d := scriptedReplies{"SCAN": []any{"0", []string{"user:1", "user:2"}}}
	for key, err := range upstash.ScanKeys(context.Background(), d, upstash.ScanOptions{Match: "user:*"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(key)
	}
	// Output:
	// user:1
	// user:2
}

func ExampleJSONGet() {
	type profile struct{ Name string }
	d := scriptedReplies{"JSON.GET": `{"Name":"Ada"}`}
	p, err := upstash.JSONGet[profile]("user:1").Do(context.Background(), d)
	fmt.Println(p.Name, err)
	// Output: Ada <nil>
}
