package upstash_test

import (
	"slices"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

// TestTextScript: it makes the commands of a Script.
func TestTextScript(t *testing.T) {
	t.Parallel()
	const src = "return ARGV[1]"
	o := upstash.ScriptOptions{Class: upstash.Idempotent, Billed: 2}
	text, script := upstash.NewTextScript(src, o), upstash.NewScriptWith(src, o, upstash.Reply.Raw)
	keys := []string{"a", "b"}
	got, want := text.Command(keys, "x", "7"), script.Cmd(keys, "x", 7).Command
	if !slices.Equal(got.Args(), want.Args()) || got.Class() != want.Class() || got.Billed() != want.Billed() || got.Err() != nil {
		t.Errorf("%v, want %v", got.Args(), want.Args())
	}
	if text.SHA() != script.SHA() || text.Source() != src {
		t.Error("another source")
	}
	client, server := newScriptServer(t, stockRefusal)
	r, err := client.Do(t.Context(), got)
	if n, _ := r.Int64(); err != nil || n != 42 {
		t.Errorf("%v, %v", r, err)
	}
	if log := server.took(); log != "EVALSHA missing, EVAL refused, EVALSHA missing, EVAL plain" {
		t.Error(log)
	}
}

// TestCommandOf: it is taken as it is.
func TestCommandOf(t *testing.T) {
	t.Parallel()
	c := upstash.CommandOf(upstash.Converging, "DELEX", "k", "IFEQ", "v")
	if !slices.Equal(c.Args(), []string{"DELEX", "k", "IFEQ", "v"}) || c.Class() != upstash.Converging || c.Err() != nil || c.Repeatable() {
		t.Errorf("%v", c)
	}
	if upstash.CommandOf(upstash.ReadOnly).Err() == nil {
		t.Error("no command is a command")
	}
}
