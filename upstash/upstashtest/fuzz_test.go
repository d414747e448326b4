package upstashtest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

// FuzzMapStrings: whatever a server sent, scrubbing does not panic, changes
// nothing when there is nothing to change, and leaves valid JSON valid and
// without the secret.
func FuzzMapStrings(f *testing.F) {
	for _, seed := range []string{`{"result":"secret"}`, `["c2VjcmV0",{"secret":[1,null,"\u0073ecret"]}]`, `"\`, `{"a":"b`, `""`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, js []byte) {
		if same := upstashtest.MapStrings(js, func(s string) string { return s }); !bytes.Equal(same, js) {
			t.Fatalf("the identity changed %q to %q", js, same)
		}
		got := upstashtest.MapStrings(js, func(s string) string { return strings.ReplaceAll(s, "secret", "*") })
		if !json.Valid(js) {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%q became %q, which is not JSON", js, got)
		}
		var v any
		if json.Unmarshal(got, &v) != nil {
			return
		}
		if found := findString(v, "secret"); found != "" {
			t.Fatalf("%q became %q, which still has it in %q", js, got, found)
		}
	})
}

func findString(v any, part string) string {
	switch x := v.(type) {
	case string:
		if strings.Contains(x, part) {
			return x
		}
	case []any:
		for _, e := range x {
			if s := findString(e, part); s != "" {
				return s
			}
		}
	case map[string]any:
		for k, e := range x {
			if strings.Contains(k, part) {
				return k
			}
			if s := findString(e, part); s != "" {
				return s
			}
		}
	}
	return ""
}

// FuzzRecording: a file that can be read is written in a form that reads the same
// and does not change any more.
func FuzzRecording(f *testing.F) {
	f.Add([]byte(greeting))
	f.Add([]byte(`{"source":"x","quoted":true,"exchanges":[{"method":"GET","path":"/a","status":200,"body_text":"<&>","request_base64":"/w=="}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		once, err := upstashtest.Reformat(b)
		if err != nil {
			return
		}
		twice, err := upstashtest.Reformat(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q became %q and then %q, %v", b, once, twice, err)
		}
	})
}
