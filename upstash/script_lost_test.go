package upstash_test

import (
	"errors"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
)

const unknownScript = `{"error":"NOSCRIPT No matching script. Please use EVAL."}`

// TestScriptAfterLostAnswer: the answer that would have asked for the source is
// lost. A script that may run twice is sent by source all the same; of another one
// nobody knows whether it has run.
func TestScriptAfterLostAnswer(t *testing.T) {
	t.Parallel()
	cfg := upstash.Config{Retry: upstash.Retry{MinBackoff: time.Nanosecond}}
	repeatable := upstash.NewScriptWith("return 1", upstash.ScriptOptions{Class: upstash.Idempotent}, upstash.Reply.Int64)
	client, wire := newScripted(t, cfg,
		lost, answer(400, unknownScript), // by digest
		lost, answer(400, `{"error":"`+stockRefusal+`"}`), // by source, with a flag
		answer(400, unknownScript), answer(200, `{"result":7}`)) // without
	if n, err := repeatable.Run(t.Context(), client, []string{"k"}); n != 7 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if n := wire.count(); n != 6 {
		t.Errorf("%d requests, want 6", n)
	}

	unsafe := upstash.NewScript("return 1", upstash.Reply.Int64)
	client, wire = newScripted(t, cfg, lost)
	if _, err := unsafe.Run(t.Context(), client, []string{"k"}); !errors.Is(err, upstash.ErrMaybeApplied) || wire.count() != 1 {
		t.Errorf("an unsafe script: %v after %d requests", err, wire.count())
	}
}
