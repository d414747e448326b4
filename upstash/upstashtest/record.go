package upstashtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/nethttp"
)

// minToken is the shortest token that can be told from ordinary text.
const minToken = 8

// startRecording sends requests to the real server and keeps what passes.
func (r *Recording) startRecording(env environment, path string) {
	r.t.Helper()
	base, token, err := target(env.lookup)
	if err != nil {
		r.t.Fatalf("upstashtest: %s: cannot record: %v", r.name, err)
	}
	rec := &recorder{
		r:         r,
		path:      path,
		base:      base,
		token:     token,
		plainHTTP: base.Scheme == "http",
		next:      realTransport(),
		syncs:     map[string]string{},
		randoms:   map[string]string{},
	}
	r.rec, r.url, r.token = rec, strings.TrimRight(base.String(), "/"), token
	tokens := []string{token}
	if own := string(r.opts.Config.Token); own != "" && own != token {
		r.token = own
		tokens = append(tokens, own)
	}
	rec.scrub = newScrubber(tokens, base)
	r.http = &http.Client{Transport: rec, CheckRedirect: lastResponse}
	r.t.Cleanup(func() {
		r.t.Helper()
		rec.finish()
	})
}

// realTransport is a transport without compression, whose bodies are what the
// server sent.
func realTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http documents the type
	t.DisableCompression = true
	return t
}

// target returns what the environment names.
func target(lookup func(string) (string, bool)) (*url.URL, string, error) {
	rawURL, _ := lookup("REDIS_REST_URL")
	token, _ := lookup("REDIS_REST_TOKEN")
	if rawURL == "" || token == "" {
		return nil, "", errors.New("set REDIS_REST_URL and REDIS_REST_TOKEN; `edgeredis serve` starts a local server and prints both")
	}
	base, err := url.Parse(rawURL)
	if err != nil || base.Host == "" {
		return nil, "", errors.New("REDIS_REST_URL is not a URL")
	}
	if len(token) < minToken {
		return nil, "", errors.New("REDIS_REST_TOKEN is shorter than " + strconv.Itoa(minToken) + " bytes, too short to be found in the recording and removed")
	}
	return base, token, nil
}

// A recorder is an http.RoundTripper that keeps the exchanges in the order in
// which they began.
type recorder struct {
	r         *Recording
	path      string
	base      *url.URL
	token     string
	plainHTTP bool
	next      *http.Transport
	scrub     *scrubber

	mu      sync.Mutex // guards what follows
	kept    []*kept
	prefix  string            // of keys, "" until one was asked for
	syncs   map[string]string // name of a sync token to the server's
	randoms map[string]string // random argument to its wildcard
}

// A kept exchange, with its body as far as it has been read.
type kept struct {
	req    *request
	status int
	header http.Header
	body   bytes.Buffer
	failed bool
}

// RoundTrip implements http.RoundTripper.
func (rec *recorder) RoundTrip(hr *http.Request) (*http.Response, error) {
	got, err := readRequest(hr)
	if err != nil {
		return nil, err
	}
	got.path = strings.TrimPrefix(got.path, strings.TrimRight(rec.base.EscapedPath(), "/"))
	k := &kept{req: got}
	rec.mu.Lock()
	rec.kept = append(rec.kept, k)
	rec.mu.Unlock()

	out := hr.Clone(hr.Context())
	out.Body = io.NopCloser(bytes.NewReader(got.body))
	out.ContentLength = int64(len(got.body))
	rec.realSync(out.Header)
	resp, err := rec.next.RoundTrip(out)
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if err != nil {
		k.failed = true
		return nil, err
	}
	rec.nameSyncLocked(resp.Header)
	k.status, k.header = resp.StatusCode, resp.Header.Clone()
	resp.Body = &teeBody{rec: rec, k: k, body: resp.Body}
	return resp, nil
}

// syncHeader is the header of sync tokens.
const syncHeader = "Upstash-Sync-Token"

// nameSyncLocked gives the client "sync-1", "sync-2" and so on in place of the
// server's sync tokens: the recording is then the same in each run, and the
// client sends exactly the one that it was given.
func (rec *recorder) nameSyncLocked(h http.Header) {
	token := h.Get(syncHeader)
	if token == "" {
		return
	}
	name := "sync-" + strconv.Itoa(len(rec.syncs)+1)
	rec.syncs[name] = token
	h.Set(syncHeader, name)
}

// realSync puts the server's sync token back in place of its name.
func (rec *recorder) realSync(h http.Header) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if token := rec.syncs[h.Get(syncHeader)]; token != "" {
		h.Set(syncHeader, token)
	}
}

// A teeBody keeps what is read from a response, also of one that never ends.
type teeBody struct {
	rec  *recorder
	k    *kept
	body io.ReadCloser
}

func (b *teeBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.rec.mu.Lock()
	b.k.body.Write(p[:n])
	b.rec.mu.Unlock()
	return n, err
}

func (b *teeBody) Close() error { return b.body.Close() }

// useKeys returns the prefix of this run's keys. It has the length of KeyPrefix,
// so that replacing one by the other changes no lengths.
func (rec *recorder) useKeys() string {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.prefix == "" {
		random := make([]byte, 6)
		_, _ = rand.Read(random) // never fails, by its documentation
		rec.prefix = "test-" + hex.EncodeToString(random) + ":"
		rec.scrub.replace(rec.prefix, KeyPrefix)
	}
	return rec.prefix
}

// finish writes the recording when the test has passed.
func (rec *recorder) finish() {
	t := rec.r.t
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	defer rec.next.CloseIdleConnections()
	admin, err := rec.admin()
	if err != nil {
		t.Errorf("upstashtest: %s: cannot record: %v", rec.r.name, err)
		return
	}
	rec.deleteKeys(ctx, admin)
	if t.Failed() || t.Skipped() {
		return
	}
	f, err := rec.file()
	if err != nil {
		t.Errorf("upstashtest: %s: not written: %v", rec.r.name, err)
		return
	}
	f.Source = describeServer(ctx, rec.base, rec.software(), admin, time.Now())
	if err := rec.write(f); err != nil {
		t.Errorf("upstashtest: %s: not written: %v", rec.r.name, err)
	}
}

// software returns what the server calls itself.
func (rec *recorder) software() string {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.kept[0].header.Get("Server")
}

// admin returns a client whose requests are not recorded.
func (rec *recorder) admin() (*upstash.Client, error) {
	return upstash.New(upstash.Config{
		URL:            rec.base.String(),
		Token:          upstash.Secret(rec.token),
		Transport:      nethttp.New(&http.Client{Transport: rec.next, CheckRedirect: lastResponse}),
		AllowPlainHTTP: rec.plainHTTP,
	})
}

// deleteKeys removes the keys that the test has made under its prefix.
func (rec *recorder) deleteKeys(ctx context.Context, admin *upstash.Client) {
	if rec.prefix == "" {
		return
	}
	for cursor := "0"; ; {
		page, err := admin.Do(ctx, upstash.NewCommand("SCAN", cursor, "MATCH", rec.prefix+"*", "COUNT", 1000))
		if err != nil {
			rec.r.t.Errorf("upstashtest: %s: the keys of the recording could not be deleted: %v", rec.r.name, err)
			return
		}
		keys, _ := page.Index(1).Strings()
		for _, key := range keys {
			if _, err := admin.Do(ctx, upstash.NewCommand("DEL", key)); err != nil {
				rec.r.t.Errorf("upstashtest: %s: a key of the recording could not be deleted: %v", rec.r.name, err)
				return
			}
		}
		if cursor, err = page.Index(0).Text(); err != nil || cursor == "0" {
			return
		}
	}
}

// write writes f unless only the day of the recording has changed.
func (rec *recorder) write(f *file) error {
	b := f.format()
	if form := rec.scrub.leak(b); form != "" {
		return errors.New("the token or the host is still in it (" + form + "); this is a bug of upstashtest, or a value that hides one of them")
	}
	if old, err := os.ReadFile(rec.path); err == nil {
		if was, err := parseFile(old); err == nil && sameServer(was.Source, f.Source) {
			f.Source = was.Source
			b = f.format()
		}
	}
	if err := os.MkdirAll(filepath.Dir(rec.path), 0o755); err != nil { //nolint:gosec // a recording is public
		return err
	}
	return writeFile(rec.path, b)
}
