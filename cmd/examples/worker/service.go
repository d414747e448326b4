//go:build js

package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/lock"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
)

// A project is what the cache keeps.
type project struct {
	Works []string `json:"works"`
}

// A service answers requests. It is made once per isolate.
type service struct {
	db       *upstash.Client
	limiter  *ratelimit.Limiter
	projects *cache.Entity[project]
	locks    *lock.Locker
}

// newService reads the bindings: the URL and the token as [upstash.NewFromLookup]
// knows them, RATE_LIMIT (requests per hour and user; 1000) and CACHE_TTL (30m).
func newService(lookup func(name string) (string, bool)) (*service, error) {
	db, err := upstash.NewFromLookup(lookup, upstash.Config{})
	if err != nil {
		return nil, err
	}
	policy := ratelimit.API()
	if v, ok := lookup("RATE_LIMIT"); ok {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, errors.New("worker: RATE_LIMIT is not a number")
		}
		policy = policy.With(ratelimit.FixedWindow(n, time.Hour))
	}
	o := cache.Options{Background: upstash.WaitUntil}
	if v, ok := lookup("CACHE_TTL"); ok {
		if o.TTL, err = time.ParseDuration(v); err != nil {
			return nil, errors.New("worker: CACHE_TTL is not a duration")
		}
	}
	o.Stale = time.Hour // readers need not wait for a reload
	s := &service{db: db}
	if s.limiter, err = ratelimit.New(db, policy, ratelimit.Options{OnFailure: ratelimit.FailLocal, Timeout: 5 * time.Second}); err != nil {
		return nil, err
	}
	if s.projects, err = cache.Projects[project](db, o); err != nil {
		return nil, err
	}
	s.locks, err = lock.New(db, lock.Options{TTL: time.Minute, Retry: 20 * time.Millisecond, RetryMax: 200 * time.Millisecond})
	return s, err
}

func (s *service) serve(ctx context.Context, r request) response {
	if r.path == "/health" {
		return s.health(ctx)
	}
	d, err := s.limiter.Allow(ctx, r.user)
	if err != nil {
		return failed(err)
	}
	a := response{status: 429, body: []byte(`{"error":"too many requests"}`)}
	if d.Allowed {
		a = s.route(ctx, r)
	}
	if a.header == nil {
		a.header = make(map[string]any)
	}
	d.Header(func(name, value string) { a.header[name] = value })
	return a
}

// route finds /projects/{id} and /projects/{id}/works.
func (s *service) route(ctx context.Context, r request) response {
	rest, ok := strings.CutPrefix(r.path, "/projects/")
	id, works, more := strings.Cut(rest, "/")
	switch {
	case !ok || id == "" || more && works != "works":
		return response{status: 404, body: []byte(`{"error":"there is no such path"}`)}
	case r.method == "GET" && !more:
		return s.read(ctx, id)
	case r.method == "POST" && more && r.body != "":
		return s.add(ctx, id, r.body)
	}
	return response{status: 405, body: []byte(`{"error":"not with this method and body"}`)}
}

func (s *service) health(ctx context.Context) response {
	began := time.Now()
	if _, err := upstash.Ping().Do(ctx, s.db); err != nil {
		return response{status: 503, body: append(strconv.AppendQuote([]byte(`{"status":"down","error":`), err.Error()), '}')}
	}
	ms := time.Since(began).Milliseconds()
	return response{status: 200, body: append(strconv.AppendInt([]byte(`{"status":"up","latency_ms":`), ms, 10), '}')}
}

// read serves a project from the cache. Many requests for one that is not there
// make one load.
func (s *service) read(ctx context.Context, id string) response {
	e, err := s.projects.Fetch(ctx, id, func(ctx context.Context) (cache.Loaded[project], error) {
		works, err := s.load(ctx, id)
		return cache.Loaded[project]{Value: project{works}}, err
	})
	switch {
	case errors.Is(err, cache.ErrNotFound):
		return response{status: 404, body: []byte(`{"error":"there is no such project"}`)}
	case err != nil:
		return failed(err)
	}
	body, err := cache.JSON[project]().Append(nil, e.Value)
	if err != nil {
		return failed(err)
	}
	source := "hit"
	if e.Source == cache.Origin {
		source = "miss"
	} else if e.Stale {
		source = "stale"
	}
	return response{status: 200, header: map[string]any{"x-cache": source}, body: body}
}

// load stands for a place where reading is slow and writing has no transactions,
// which is what the cache and the lock are for. Here it is a text in Redis, a work
// per line.
func (s *service) load(ctx context.Context, id string) ([]string, error) {
	text, err := upstash.Get(dataKey(id)).Do(ctx, s.db)
	if errors.Is(err, upstash.ErrNil) {
		return nil, cache.ErrNotFound
	}
	return strings.Split(text, "\n"), err
}

// add reads, changes and writes, and nobody else may do so meanwhile.
func (s *service) add(ctx context.Context, id, title string) response {
	n := 0
	ctx, stop := context.WithTimeout(ctx, lockWait)
	defer stop()
	err := s.locks.With(ctx, keys.Lock.String()+":project:"+id, func(ctx context.Context, _ *lock.Lease) error {
		works, err := s.load(ctx, id)
		if err != nil && !errors.Is(err, cache.ErrNotFound) {
			return err
		}
		works = append(works, strings.ReplaceAll(title, "\n", " "))
		n = len(works)
		_, err = upstash.Set(dataKey(id), strings.Join(works, "\n")).Do(ctx, s.db)
		return err
	})
	if err == nil {
		err = s.projects.Invalidate(ctx, id)
	}
	if err != nil {
		return failed(err)
	}
	return response{status: 201, body: append(strconv.AppendInt([]byte(`{"works":`), int64(n), 10), '}')}
}

// lockWait bounds the wait for the lock and the work under it.
const lockWait = 5 * time.Second

func dataKey(id string) string { return "project:" + id }
