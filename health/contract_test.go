package health_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/ratelimit"
	"github.com/yesgoddess/edgeredis/upstash"
)

// TestAlertEndsWithLittleTraffic: after a fault the traffic goes on, little of it.
func TestAlertEndsWithLittleTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c, _, check := setUp(t, health.MetricsOptions{}, health.Options{})
		w.set(func(w *wire) { w.status, w.delay = 503, 300*time.Millisecond })
		gets(t.Context(), c, 40)
		_ = check.Snapshot(t.Context())
		t.Logf("in the fault: %s", firing(check))
		w.set(func(w *wire) { w.status, w.delay = 0, time.Millisecond })
		for range 60 * 12 { // an hour with 12 good requests a minute
			<-time.After(5 * time.Second)
			gets(t.Context(), c, 1)
			_ = check.Snapshot(t.Context())
		}
		if f := firing(check); f != "" {
			t.Errorf("an hour after the fault, all requests since were good and quick, and these fire: %s", f)
		}
	})
}

// TestAllowanceWithRetries: what a client with retries makes of the allowance.
func TestAllowanceWithRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		w.set(func(w *wire) { w.status = http.StatusBadGateway })
		m := health.NewMetrics(health.MetricsOptions{})
		c, err := upstash.New(upstash.Config{URL: "https://example.com", Token: "secret-token", Transport: w, Hook: m})
		if err != nil {
			t.Fatal(err)
		}
		check := newChecker(t, c, health.Options{ProbesPerDay: 200, Metrics: m})
		for range 24 * 60 * 60 {
			_ = check.Ready(t.Context())
			<-time.After(time.Second)
		}
		if n := w.count("PING"); n > 200 {
			t.Errorf("%d PINGs in a day, allowed are 200; billed as health: %d, Allowance says %d", n, m.Billed().ByLabel["health"], check.Allowance().Sent)
		}
	})
}

// TestRegisterTypedNil: an optional object that there is not.
func TestRegisterTypedNil(t *testing.T) {
	m := health.NewMetrics(health.MetricsOptions{})
	var l *ratelimit.Limiter
	m.RegisterLimiter(l)
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
	}()
	_ = m.Limiters()
}

// TestTokenWithNewline: a token that was read from a file with its newline.
func TestTokenWithNewline(t *testing.T) {
	token := "0123456789abcdef0123\n"
	a, err := health.BearerToken(token)
	if err != nil {
		return
	}
	if !a(health.AuthRequest{Header: func(string) string { return "Bearer 0123456789abcdef0123" }}) &&
		!a(health.AuthRequest{Header: func(string) string { return "Bearer " + token }}) {
		t.Error("no request can carry the token that BearerToken accepted")
	}
}

type pausingCache struct {
	report func() (lookups, hits int64)
}

func (p *pausingCache) Report(report func(string, int64, int64)) {
	l, h := p.report()
	report("users", l, h)
}

// TestTwoLooksAtOnce: two looks at the same time.
func TestTwoLooksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, m, check := setUp(t, health.MetricsOptions{}, health.Options{})
		counts := [2]int64{900, 90}
		hold := make(chan struct{})
		pause := false
		m.RegisterCache(&pausingCache{func() (int64, int64) {
			l, h := counts[0], counts[1]
			if pause {
				pause = false
				<-hold
			}
			return l, h
		}})
		_ = check.Snapshot(t.Context()) // 10 %: fires
		counts = [2]int64{1000, 190}    // from now on everything is found
		_ = check.Snapshot(t.Context())
		if f := firing(check); f != "" {
			t.Fatal(f)
		}
		counts = [2]int64{1100, 290}
		pause = true
		done := make(chan struct{})
		go func() { defer close(done); _ = check.Snapshot(t.Context()) }()
		synctest.Wait() // the first look has read 1100
		counts = [2]int64{1200, 390}
		_ = check.Snapshot(t.Context()) // the second look
		close(hold)
		<-done
		if f := firing(check); f != "" {
			t.Errorf("everything is found, and %s fires: %+v", f, check.Alerts()[0])
		}
	})
}

// TestOnSoftPanics: OnSoft panics once.
func TestOnSoftPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		m := health.NewMetrics(health.MetricsOptions{})
		b, err := health.NewBudget(m, newClient(t, w, m), health.BudgetOptions{SoftDay: 1, HardDay: 100, OnSoft: func(string, int64) { panic("the caller's") }})
		if err != nil {
			t.Fatal(err)
		}
		cmds := make([]upstash.Command, 90)
		for i := range cmds {
			cmds[i] = upstash.NewCommand("GET", "k")
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = b.DoBatch(t.Context(), upstash.Batch{Commands: cmds})
		}()
		for range 20 {
			if _, err := b.Do(t.Context(), cmds[0]); errors.Is(err, health.ErrBudget) {
				t.Fatalf("nothing was sent but %d, and: %v", m.Billed().Total, err)
			}
		}
	})
}
