package handler

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/yesgoddess/edgeredis/cache"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// A page is what the function answers with.
type page struct {
	Title string    `json:"title"`
	Made  time.Time `json:"made"`
}

// A service is shared by all requests that one instance of the function serves.
type service struct {
	limiter *ratelimit.Limiter
	pages   *cache.Cache[page]
}

// instance makes the service at the first request. No request is sent by that; the
// first command opens the connection, and the next requests use it again.
var instance = sync.OnceValues(func() (*service, error) {
	client, err := upstash.Default()
	if err != nil {
		return nil, err
	}
	return newService(client)
})

// budget is how long a decision may take before a visitor passes without one: here
// the limit is worth a wait.
const budget = 5 * time.Second

func newService(d upstash.Doer) (*service, error) {
	limiter, err1 := ratelimit.New(d, ratelimit.NewPolicy("pages", ratelimit.SlidingWindow(20, time.Minute)), ratelimit.Options{Timeout: budget})
	pages, err2 := cache.New(d, cache.JSON[page](), cache.Options{Prefix: "page:", TTL: time.Hour})
	return &service{limiter, pages}, errors.Join(err1, err2)
}

// Handler answers with a page that is made once an hour, and at most 20 times a
// minute to each visitor.
func Handler(w http.ResponseWriter, r *http.Request) {
	s, err := instance()
	if err != nil {
		http.Error(w, "the function is not configured", http.StatusInternalServerError)
		return
	}
	s.ServeHTTP(w, r)
}

// ServeHTTP is Handler for one service.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Vercel's proxy sets this header and removes what a visitor sends in it.
	d, err := s.limiter.Allow(r.Context(), cmp.Or(r.Header.Get("X-Real-Ip"), "unknown"))
	if err != nil {
		http.Error(w, "please try again", http.StatusServiceUnavailable)
		return
	}
	d.Header(w.Header().Set)
	if !d.Allowed {
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	p, err := s.pages.GetOrLoad(r.Context(), r.URL.Path, func(context.Context) (page, error) {
		return page{Title: "You are at " + r.URL.Path, Made: time.Now().UTC()}, nil
	})
	if err != nil {
		http.Error(w, "please try again", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p)
}
