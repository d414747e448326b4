package upstashtest

import (
	"net/http"
	"os"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
)

// Options tune [Open] and [Load]. The zero value is right for most tests.
type Options struct {
	// Config configures the client. URL and Transport are set here, and so is
	// Token when it is empty. While recording, a Token that is set is used
	// instead of the one from the environment, to record refusals.
	Config upstash.Config
	// Any names the arguments that are different in each run, like the random
	// owner of a lock. See [Arg].
	Any []Arg
	// Dir is the folder of recordings. "" means testdata in the folder of the
	// package under test, or in a folder above it up to the module's root.
	Dir string
}

// An Arg is a place in a command whose value is random. While recording, the
// value is written as "<any:1>", wherever it occurs again; a replay accepts any
// value there, demands the same one in the other places, and puts it into the
// responses.
type Arg struct {
	// Command is the command's name: "SET".
	Command string
	// Position counts arguments from 1, the name not included.
	Position int
}

// A Recording is a recorded conversation with a server, being replayed or, with
// the flag -upstash.record, recorded. It is safe for concurrent use, though
// requests must come in the recorded order.
type Recording struct {
	t     testing.TB
	opts  Options
	name  string // for messages: "testdata/pipeline/tx.json"
	url   string
	token string
	http  *http.Client
	rec   *recorder // nil in a replay
}

// Open returns a Client that replays testdata/<file>.json in order. A request
// that differs from the recorded one, one too many, and exchanges that are left
// over fail t. With -upstash.record the Client talks to the server that
// REDIS_REST_URL names, and the file is written when t has passed.
func Open(t testing.TB, file string, opts ...Options) *upstash.Client {
	t.Helper()
	return Load(t, file, opts...).Client()
}

// Load is [Open] for tests that need more than a Client: keys that do not
// disturb a real database, raw HTTP, several clients. At most one Options is
// used.
func Load(t testing.TB, file string, opts ...Options) *Recording {
	t.Helper()
	return load(t, file, environment{record: recording(), lookup: os.LookupEnv}, opts)
}

// environment is what a test of this package replaces.
type environment struct {
	record bool
	lookup func(string) (string, bool)
}

func load(t testing.TB, name string, env environment, opts []Options) *Recording {
	t.Helper()
	r := &Recording{t: t, name: name}
	if len(opts) > 0 {
		r.opts = opts[0]
	}
	path, err := locate(r.opts.Dir, name)
	if err != nil {
		t.Fatalf("upstashtest: %s: %v", name, err)
	}
	r.name = shortPath(path)
	b, err := os.ReadFile(path)
	if err != nil && !env.record {
		t.Fatalf("upstashtest: %s: there is no such recording; set REDIS_REST_URL and REDIS_REST_TOKEN and run the test with -upstash.record to make it", r.name)
	}
	var f *file
	if err == nil {
		if f, err = parseFile(b); err != nil && !env.record {
			t.Fatalf("upstashtest: %s: %v", r.name, err)
		}
	}
	if env.record && (f == nil || !f.Quoted) {
		r.startRecording(env, path)
	} else {
		r.startReplay(f)
	}
	return r
}

// Client returns a Client on the recording; all Clients of one Recording share
// its order.
func (r *Recording) Client() *upstash.Client {
	r.t.Helper()
	cfg := r.opts.Config
	cfg.URL, cfg.Token, cfg.Transport = r.url, upstash.Secret(r.token), r.Transport()
	if r.rec != nil {
		cfg.AllowPlainHTTP = cfg.AllowPlainHTTP || r.rec.plainHTTP
	}
	c, err := upstash.New(cfg)
	if err != nil {
		r.t.Fatalf("upstashtest: %s: %v", r.name, err)
	}
	return c
}

// Transport returns the recording as a Transport, for requests that a Client
// would not make. Their URL begins with [Recording.URL].
func (r *Recording) Transport() upstash.Transport { return nethttp.New(r.http) }

// HTTPClient returns the recording as an HTTP client, for requests that are no
// POST.
func (r *Recording) HTTPClient() *http.Client { return r.http }

// URL returns the base URL, without a slash at its end.
func (r *Recording) URL() string { return r.url }

// Token returns the token that requests must carry. It is a real one while
// recording.
func (r *Recording) Token() string { return r.token }

// Live reports whether the recording is being made: the server is real, and time
// passes.
func (r *Recording) Live() bool { return r.rec != nil }

// Key returns name under a prefix that no other run uses. The recording has the
// same prefix in each run, [KeyPrefix]; keys with it are deleted when a recording
// has been made.
func (r *Recording) Key(name string) string {
	if r.rec != nil {
		return r.rec.useKeys() + name
	}
	return KeyPrefix + name
}

// KeyPrefix is what [Recording.Key] puts before a name in a replay. While
// recording it is another text of the same length.
const KeyPrefix = "test-000000000000:"
