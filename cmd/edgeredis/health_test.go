//go:build !wasm

package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary, ReadOnlyToken: "read-only-" + canary})
	for name, test := range map[string]struct {
		token  string
		args   []string
		code   int
		status string
		reason string
		steps  int
	}{
		"healthy":             {canary, nil, exitOK, "healthy", "", 4},
		"quick":               {canary, []string{"--quick"}, exitOK, "healthy", "", 0},
		"read-only":           {"read-only-" + canary, nil, exitOK, "degraded", "read_only_token", 3},
		"read-only, strict":   {"read-only-" + canary, []string{"--strict"}, exitFailed, "degraded", "read_only_token", 3},
		"read-only, declared": {"read-only-" + canary, []string{"--strict", "--read-only"}, exitOK, "healthy", "", 2},
		"wrong token":         {"wrong", nil, exitFailed, "unhealthy", "wrong_token", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := environment(srv.URL, test.token)
			o := trial{env: env}.run(t, append([]string{"health", "--json"}, test.args...)...)
			o.want(t, test.code)
			var r healthReport
			o.decode(t, &r)
			if r.OK != (test.code == exitOK) || r.Status.String() != test.status || len(r.Steps) != test.steps {
				t.Errorf("report %+v", r)
			}
			if got := ""; test.reason != got && (len(r.Reasons) == 0 || r.Reasons[0].Code != test.reason) {
				t.Errorf("reasons %+v, want %s", r.Reasons, test.reason)
			}
			o = trial{env: env}.run(t, append([]string{"health"}, test.args...)...)
			o.want(t, test.code)
			if !strings.HasSuffix(o.stdout, "The database is "+test.status+".\n") || !strings.Contains(o.stdout, test.reason) {
				t.Errorf("stdout: %s", o.stdout)
			}
			if strings.Contains(o.stdout+o.stderr, canary) {
				t.Error("the token is shown")
			}
		})
	}
	trial{}.run(t, "health").want(t, exitFailed)
}

// A server that is away is the very thing that these two are asked about.
func TestHealthAndMetricsOfAServerThatIsDown(t *testing.T) {
	t.Parallel()
	env := environment("http://"+closedPort, canary)
	for _, args := range [][]string{{"health"}, {"health", "--quick"}, {"metrics"}, {"metrics", "--watch", "--every", "100ms", "--count", "2"}} {
		o := trial{env: env}.run(t, args...)
		o.want(t, exitFailed)
		if !strings.Contains(o.stdout, "unreachable") || strings.Contains(o.stdout+o.stderr, canary) {
			t.Errorf("%q: %s%s", args, o.stdout, o.stderr)
		}
		o = trial{env: env}.run(t, append(args, "--json")...)
		o.want(t, exitFailed)
		if first, _, _ := strings.Cut(o.stdout, "\n"); !json.Valid([]byte(first)) || !strings.Contains(first, `"unreachable"`) || !strings.HasPrefix(first, `{"ok":false`) {
			t.Errorf("%q --json: %s", args, o.stdout)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	srv := startServer(t, devserver.Options{Token: canary})
	env := environment(srv.URL, canary)
	o := trial{env: env}.run(t, "metrics", "--json")
	o.want(t, exitOK)
	var r metricsReport
	o.decode(t, &r)
	if !r.OK || r.Traffic.LatencyP99MS == nil || r.Traffic.TotalOperations != firstPings+1 || r.Server == nil || r.Server.RedisVersion == "" {
		t.Errorf("report %s", o.stdout)
	}
	o = trial{env: env}.run(t, "metrics")
	o.want(t, exitOK)
	for _, want := range []string{"status       healthy", "latency P99", "memory"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("%q is missing in\n%s", want, o.stdout)
		}
	}

	o = trial{env: env}.run(t, "metrics", "--watch", "--every", "100ms", "--count", "3", "--json")
	o.want(t, exitOK)
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines:\n%s", len(lines), o.stdout)
	}
	var last metricsReport
	// A line asks the server once more, unless the last answer is still fresh.
	if err := json.Unmarshal([]byte(lines[2]), &last); err != nil || last.Traffic.TotalOperations <= firstPings+1 || last.Traffic.TotalOperations > firstPings+2+3 {
		t.Errorf("%v: %s", err, lines[2])
	}

	for _, args := range [][]string{{"--every", "1ms"}, {"--watch", "--count", "-1"}, {"--count", "2"}} {
		trial{env: env}.run(t, append([]string{"metrics"}, args...)...).want(t, exitUsage)
	}
	o = trial{env: environment(srv.URL, "wrong")}.run(t, "metrics")
	o.want(t, exitFailed)
	if !strings.Contains(o.stdout, "wrong_token") {
		t.Errorf("stdout: %s", o.stdout)
	}
}
