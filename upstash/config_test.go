package upstash_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
)

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	const url = "https://db.example.com"
	for _, tc := range []struct {
		name    string
		cfg     upstash.Config
		setting string
		reason  string
	}{
		{"no url", upstash.Config{Token: canary}, "URL", "is empty"},
		{"no token", upstash.Config{URL: url}, "Token", "is empty"},
		{"no scheme", upstash.Config{URL: "db.example.com", Token: canary}, "URL", "no scheme"},
		{"tcp address", upstash.Config{URL: "rediss://default:" + canary + "@db.example.com:6379", Token: canary}, "URL", "over TCP"},
		{"other scheme", upstash.Config{URL: "ftp://db.example.com", Token: canary}, "URL", "must begin with https://"},
		{"plain http", upstash.Config{URL: "http://db.example.com", Token: canary}, "URL", "in the clear"},
		{"four digits", upstash.Config{URL: "http://127.0.0.0001", Token: canary}, "URL", "in the clear"},
		{"five parts", upstash.Config{URL: "http://127.0.0.1.1", Token: canary}, "URL", "in the clear"},
		{"signed parts", upstash.Config{URL: "http://127.-0.0.1", Token: canary}, "URL", "in the clear"},
		{"trailing dot", upstash.Config{URL: "http://127.0.0.1.", Token: canary}, "URL", "in the clear"},
		{"almost loopback", upstash.Config{URL: "http://127.0.0.1.example.com", Token: canary}, "URL", "in the clear"},
		{"another network", upstash.Config{URL: "http://10.0.0.1", Token: canary}, "URL", "in the clear"},
		{"userinfo", upstash.Config{URL: "https://user:" + canary + "@db.example.com", Token: canary}, "URL", "user or password"},
		{"query", upstash.Config{URL: url + "?_token=" + canary, Token: canary}, "URL", "query"},
		{"fragment", upstash.Config{URL: url + "#x", Token: canary}, "URL", "fragment"},
		{"no host", upstash.Config{URL: "https://", Token: canary}, "URL", "no host"},
		{"bad port", upstash.Config{URL: "https://db.example.com:99999", Token: canary}, "URL", "bad port"},
		{"empty port", upstash.Config{URL: "https://db.example.com:", Token: canary}, "URL", "bad port"},
		{"bad host", upstash.Config{URL: "https://db,example.com", Token: canary}, "URL", "no host name"},
		{"url in quotes", upstash.Config{URL: `"` + url + `"`, Token: canary}, "URL", "quote"},
		{"url with newline", upstash.Config{URL: url + "\n", Token: canary}, "URL", "white space"},
		{"token in quotes", upstash.Config{URL: url, Token: `"` + canary + `"`}, "Token", "quote"},
		{"token with space", upstash.Config{URL: url, Token: canary + " "}, "Token", "white space"},
		{"token with header", upstash.Config{URL: url, Token: canary + "\r\nX: y"}, "Token", "white space"},
		{"token with control", upstash.Config{URL: url, Token: canary + "\x00"}, "Token", "printable"},
		{"token not ascii", upstash.Config{URL: url, Token: canary + "é"}, "Token", "printable"},
		{"encoding", upstash.Config{URL: url, Token: canary, Encoding: 9}, "Encoding", "must be"},
		{"attempts", upstash.Config{URL: url, Token: canary, Retry: upstash.Retry{MaxAttempts: -1}}, "Retry.MaxAttempts", "negative"},
		{"backoff", upstash.Config{URL: url, Token: canary, Retry: upstash.Retry{MinBackoff: -1}}, "Retry.MinBackoff", "negative"},
		{"backoff order", upstash.Config{URL: url, Token: canary, Retry: upstash.Retry{MinBackoff: 1e12}}, "Retry.MinBackoff", "longer"},
		{"depth", upstash.Config{URL: url, Token: canary, MaxDepth: -1}, "MaxDepth", "negative"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := upstash.New(tc.cfg)
			if c != nil || !errors.Is(err, upstash.ErrBadConfig) {
				t.Fatalf("got %v, %v", c, err)
			}
			e, ok := errors.AsType[*upstash.ConfigError](err)
			if !ok || !strings.HasPrefix(e.Setting, tc.setting) || !strings.Contains(e.Reason, tc.reason) {
				t.Errorf("got %v, want setting %q, reason %q", err, tc.setting, tc.reason)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestConfigAccepted(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"https://db.example.com", "https://db.example.com/", "https://db.example.com:8443/prefix/", "HTTPS://DB.example.com",
		"http://127.0.0.1:8079", "http://localhost:8079", "http://[::1]:8079", "http://127.9.9.9", "http://db.localhost",
	} {
		if _, err := upstash.New(upstash.Config{URL: url, Token: canary, Transport: &scripted{}}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := upstash.New(upstash.Config{URL: "http://db.example.com", Token: canary, AllowPlainHTTP: true, Transport: &scripted{}}); err != nil {
		t.Error(err)
	}
}

func TestNewFromLookup(t *testing.T) {
	t.Parallel()
	const url = "https://db.example.com"
	for _, tc := range []struct {
		name    string
		env     map[string]string
		setting string // "" means success
	}{
		{"own pair", map[string]string{"REDIS_REST_URL": url, "REDIS_REST_TOKEN": canary}, ""},
		{"vendor pair", map[string]string{"UPSTASH_REDIS_REST_URL": url, "UPSTASH_REDIS_REST_TOKEN": canary}, ""},
		{"kv pair", map[string]string{"KV_REST_API_URL": url, "KV_REST_API_TOKEN": canary}, ""},
		{"empty counts as unset", map[string]string{"REDIS_REST_URL": "", "REDIS_REST_TOKEN": "", "KV_REST_API_URL": url, "KV_REST_API_TOKEN": canary}, ""},
		{"nothing", nil, "REDIS_REST_URL and REDIS_REST_TOKEN"},
		{"never mixed", map[string]string{"REDIS_REST_URL": url, "UPSTASH_REDIS_REST_TOKEN": canary}, "REDIS_REST_TOKEN"},
		{"never mixed back", map[string]string{"REDIS_REST_TOKEN": canary, "UPSTASH_REDIS_REST_URL": url}, "REDIS_REST_URL"},
		{"quoted", map[string]string{"UPSTASH_REDIS_REST_URL": url, "UPSTASH_REDIS_REST_TOKEN": `"` + canary + `"`}, "UPSTASH_REDIS_REST_TOKEN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			lookup := func(k string) (string, bool) { v, ok := tc.env[k]; return v, ok }
			_, err := upstash.NewFromLookup(lookup, upstash.Config{Transport: &scripted{}})
			if tc.setting == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			e, ok := errors.AsType[*upstash.ConfigError](err)
			if !ok || e.Setting != tc.setting {
				t.Errorf("got %v, want setting %q", err, tc.setting)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestNewFromEnvAndDefault(t *testing.T) {
	t.Setenv("REDIS_REST_URL", "https://db.example.com")
	t.Setenv("REDIS_REST_TOKEN", canary)
	if _, err := upstash.NewFromEnv(upstash.Config{}); err != nil {
		t.Fatal(err)
	}
	a, err := upstash.Default()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("REDIS_REST_TOKEN", "")
	b, err := upstash.Default()
	if err != nil || a != b {
		t.Errorf("second call gave another client: %p %p %v", a, b, err)
	}
}

// TestTokenIsNeverPrinted prints everything that holds the token, every way.
func TestTokenIsNeverPrinted(t *testing.T) {
	t.Parallel()
	cfg := upstash.Config{URL: "https://db.example.com", Token: canary, Transport: &scripted{}}
	client, err := upstash.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		C *upstash.Client
		c *upstash.Client
		F upstash.Config
		T upstash.Secret
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"}
	if runtime.GOARCH != "wasm" { // there only what fits a string is masked, see Secret
		verbs = append(verbs, "%d", "%t", "%o")
	}
	h := holder{client, client, cfg, cfg.Token}
	cmd := upstash.NewCommand("SET", "k", canary)
	for _, v := range []any{
		cfg, &cfg, client, *client, cfg.Token, h, &h, client.Session(),
		cmd, &cmd, upstash.Get(canary),
		upstash.Batch{Commands: []upstash.Command{cmd}},
		upstash.ReplyOf(canary),
	} {
		for _, verb := range verbs {
			if out := fmt.Sprintf(verb, v); strings.Contains(out, canary) || strings.Contains(out, fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T shows the token: %s", verb, v, out)
			}
		}
		if b, _ := json.Marshal(v); strings.Contains(string(b), canary) {
			t.Errorf("JSON of %T shows the token: %s", v, b)
		}
	}
	if got := fmt.Sprintf("%v|%q|%#v", cfg.Token, cfg.Token, cfg.Token); got != `[redacted]|"[redacted]"|"[redacted]"` {
		t.Errorf("got %s", got)
	}
	_ = h.c
}
