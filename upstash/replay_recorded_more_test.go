package upstash_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// TestRecordedTransaction: a command that fails undoes nothing, and a command
// that cannot run stops the whole.
func TestRecordedTransaction(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/transaction")
	c, k := r.Client(), r.Key("tx")
	replies, err := c.DoBatch(t.Context(), upstash.Batch{Atomic: true, Commands: []upstash.Command{
		upstash.NewCommand("SET", k, "text"), upstash.NewCommand("INCR", k), upstash.NewCommand("APPEND", k, "!"),
	}})
	if err != nil || len(replies) != 3 || replies[1].Err() == nil {
		t.Fatalf("DoBatch = %v, %v", replies, err)
	}
	if n, err := replies[2].Int64(); n != 5 || err != nil {
		t.Errorf("APPEND = %d, %v", n, err)
	}
	_, err = c.DoBatch(t.Context(), upstash.Batch{Atomic: true, Commands: []upstash.Command{
		upstash.NewCommand("SET", k, "changed"), upstash.NewCommand("NOTACMD"),
	}})
	if e, ok := errors.AsType[*upstash.ServerError](err); !ok || e.Status != 400 || upstash.OutcomeOf(err) != upstash.Rejected {
		t.Errorf("DoBatch = %v, want the refusal of the whole transaction", err)
	}
	run(t, c, "text!", upstash.Reply.Text, "GET", k)
}

// TestRecordedScript: the server is asked by digest, then given the source, and
// from then on knows it; the flag for key locking is sent.
func TestRecordedScript(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/script", upstashtest.Options{
		Any: []upstashtest.Arg{{Command: "EVALSHA", Position: 1}},
	})
	c := r.Client()
	// The comment makes the script one that the server cannot know yet.
	script := upstash.NewScript("-- "+r.Key("script")+"\nreturn redis.call('INCRBY', KEYS[1], ARGV[1])", upstash.Reply.Int64)
	for i := range 3 {
		if n, err := script.Run(t.Context(), c, []string{r.Key("n")}, 5); n != int64(5*(i+1)) || err != nil {
			t.Errorf("run %d = %d, %v", i, n, err)
		}
	}
	replies, err := c.DoBatch(t.Context(), upstash.Batch{Atomic: true, Commands: []upstash.Command{
		upstash.NewCommand("SET", r.Key("n"), 1), script.Cmd([]string{r.Key("n")}, 1).Command,
	}})
	if err != nil || len(replies) != 2 {
		t.Fatalf("DoBatch = %v, %v", replies, err)
	}
	if n, err := replies[1].Int64(); n != 2 || err != nil {
		t.Errorf("script in a transaction = %d, %v", n, err)
	}
}

// TestRecordedPipelineScript: an unknown script in a pipeline is sent again by
// source, alone.
func TestRecordedPipelineScript(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/pipeline_script", upstashtest.Options{
		Any: []upstashtest.Arg{{Command: "EVALSHA", Position: 1}},
	})
	script := upstash.NewScript("-- "+r.Key("script")+"\nreturn ARGV[1]", upstash.Reply.Text)
	replies, err := r.Client().DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{
		upstash.NewCommand("INCR", r.Key("n")), script.Cmd(nil, "hello").Command, upstash.NewCommand("INCR", r.Key("n")),
	}})
	if err != nil || len(replies) != 3 {
		t.Fatalf("DoBatch = %v, %v", replies, err)
	}
	if s, err := replies[1].Text(); s != "hello" || err != nil {
		t.Errorf("script = %q, %v", s, err)
	}
	if n, err := replies[2].Int64(); n != 2 || err != nil {
		t.Errorf("INCR = %d, %v: the pipeline ran twice", n, err)
	}
}

// TestRecordedLock: a random owner, kept in the recording as a wildcard.
func TestRecordedLock(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/lock", upstashtest.Options{
		Any: []upstashtest.Arg{{Command: "SET", Position: 2}},
	})
	c, k := r.Client(), r.Key("lock")
	owner, other := rand.Text(), rand.Text()
	run(t, c, true, upstash.Reply.Set, "SET", k, owner, "NX", "PX", 60000)
	run(t, c, false, upstash.Reply.Set, "SET", k, other, "NX", "PX", 60000)
	run(t, c, owner, upstash.Reply.Text, "GET", k)
	const release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
	run(t, c, 0, upstash.Reply.Int64, "EVAL", release, 1, k, other)
	run(t, c, 1, upstash.Reply.Int64, "EVAL", release, 1, k, owner)
}

func TestRecordedRefusals(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/refusals")
	c := r.Client()
	run(t, c, true, upstash.Reply.Bool, "SET", r.Key("text"), "abc")
	fails(t, c, upstash.ErrWrongType, "LPUSH", r.Key("text"), "x")
	fails(t, c, upstash.ErrSyntax, "GET")
	fails(t, c, upstash.ErrSyntax, "SET", r.Key("text"), "abc", "NOTANOPTION")
	fails(t, c, upstash.ErrUnsupported, "NOTACMD", "secret")
	fails(t, c, upstash.ErrNoScript, "EVALSHA", "ffffffffffffffffffffffffffffffffffffffff", 0)
	_, err := c.Do(t.Context(), upstash.NewCommand("INCR", r.Key("text")))
	if e, ok := errors.AsType[*upstash.ServerError](err); !ok || e.Code != "ERR" || e.Status != 400 || e.Command != "INCR" {
		t.Errorf("INCR of a text = %v", err)
	}
}

func TestRecordedWrongToken(t *testing.T) {
	t.Parallel()
	c := upstashtest.Open(t, "recorded/wrong_token", upstashtest.Options{Config: upstash.Config{Token: canary}})
	fails(t, c, upstash.ErrUnauthorized, "GET", "k")
	_, err := c.DoBatch(t.Context(), upstash.Batch{Commands: []upstash.Command{upstash.NewCommand("GET", "k")}})
	if !errors.Is(err, upstash.ErrUnauthorized) {
		t.Errorf("DoBatch: %v, want ErrUnauthorized", err)
	}
}

// TestRecordedSession: the sync token of an answer is in the next request, and
// travels to another client.
func TestRecordedSession(t *testing.T) {
	t.Parallel()
	r := upstashtest.Load(t, "recorded/session")
	first, k := r.Client(), r.Key("session")
	run(t, first, true, upstash.Reply.Bool, "SET", k, 1)
	second := r.Client().WithSession(first.Session())
	run(t, second, "1", upstash.Reply.Text, "GET", k)
	if first.Session().IsZero() {
		t.Error("the client kept no sync token")
	}
}
