package upstash

import "sync"

// envFamilies are the pairs of variables that are looked at, in this order. A
// pair is taken whole: a URL from one family never meets a token of another.
var envFamilies = [...]struct{ url, token string }{
	{"REDIS_REST_URL", "REDIS_REST_TOKEN"},
	{"UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"},
	{"KV_REST_API_URL", "KV_REST_API_TOKEN"},
}

// NewFromEnv returns a Client for the database that the environment names:
// REDIS_REST_URL and REDIS_REST_TOKEN, or else UPSTASH_REDIS_REST_URL and
// UPSTASH_REDIS_REST_TOKEN, or else KV_REST_API_URL and KV_REST_API_TOKEN. The
// first family of which either is set is taken, and must be complete. Fields of
// cfg other than URL and Token apply as they are.
func NewFromEnv(cfg Config) (*Client, error) {
	return NewFromLookup(lookupEnv, cfg)
}

// NewFromLookup is NewFromEnv for a place that is not the process environment:
// the binding object of a Worker, a secrets file. A value that is "" counts as
// not set.
func NewFromLookup(lookup func(name string) (string, bool), cfg Config) (*Client, error) {
	for _, f := range envFamilies {
		url, _ := lookup(f.url)
		token, _ := lookup(f.token)
		if url == "" && token == "" {
			continue
		}
		cfg.URL, cfg.Token = url, Secret(token)
		return newClient(cfg, f.url, f.token)
	}
	return nil, &ConfigError{
		Setting: envFamilies[0].url + " and " + envFamilies[0].token,
		Reason:  "are not set; copy both from the REST API section of the database's console",
	}
}

// The state of Default, filled by its first call: a program that never makes one
// links nothing of it, unlike with sync.OnceValues in a variable.
var (
	defaultOnce   sync.Once
	defaultClient *Client
	errDefault    error
)

// Default returns one Client for the whole process, built from the environment
// by the first call; later calls return the same Client, or the same error. A
// function that is frozen and thawed reuses it and its connections. It is safe
// for concurrent use. Do not close it.
func Default() (*Client, error) {
	defaultOnce.Do(func() { defaultClient, errDefault = NewFromEnv(Config{}) })
	return defaultClient, errDefault
}
