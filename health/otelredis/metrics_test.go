package otelredis_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/yesgoddess/edgeredis/health"
	"github.com/yesgoddess/edgeredis/upstash"
)

// users, api and payouts stand for a cache, a rate limiter and a lock.
type (
	users   struct{}
	api     struct{}
	payouts struct{}
)

func (users) Report(report func(string, int64, int64))      { report("users", 10, 7) }
func (api) Report(report func(string, int64, int64, int64)) { report("api", 5, 2, 0) }
func (payouts) Report(report func(string, int64, int64, int64, int64)) {
	report("lock:payout", 4, 1, 3, 1)
}

// collected are the measurements, one a line, without what all of them have.
func (l *lab) collected() []string {
	l.t.Helper()
	var data metricdata.ResourceMetrics
	if err := l.reader.Collect(context.Background(), &data); err != nil {
		l.t.Fatal(err)
	}
	var out []string
	line := func(name string, set attribute.Set, value any) {
		if v, ok := set.Value("server.address"); !ok || v.AsString() != "db.example.com" {
			l.t.Errorf("%s does not say where", name)
		}
		own, _ := set.Filter(func(kv attribute.KeyValue) bool {
			return kv.Key != "db.system.name" && kv.Key != "server.address" && kv.Key != "server.port"
		})
		out = append(out, strings.TrimSpace(fmt.Sprint(name, " ", value, " ", own.Encoded(attribute.DefaultEncoder()))))
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					if len(p.Bounds) != 9 || p.Sum <= 0 || m.Unit != "s" {
						l.t.Errorf("%s: %d bounds, sum %v, unit %s", m.Name, len(p.Bounds), p.Sum, m.Unit)
					}
					line(m.Name, p.Attributes, p.Count)
				}
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					if d.IsMonotonic == (m.Name == "edgeredis.requests.in_flight") {
						l.t.Errorf("%s is monotonic: %v", m.Name, d.IsMonotonic)
					}
					line(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Gauge[int64]:
				for _, p := range d.DataPoints {
					line(m.Name, p.Attributes, p.Value)
				}
			default:
				l.t.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	l := newLab(t, lost, answer(200, `{"result":"dg=="}`), answer(400, `{"error":"WRONGTYPE x"}`), lost)
	l.m.RegisterCache(users{})
	l.m.RegisterLimiter(api{})
	l.m.RegisterLocks(payouts{})
	ctx := health.WithLabel(t.Context(), "feed")
	_, _ = upstash.Get("k").Do(ctx, l.client)
	_, _ = upstash.Get("k").Do(ctx, l.client)
	_, _ = upstash.Incr("k").Do(t.Context(), l.client)
	want := []string{
		"db.client.operation.duration 1 db.operation.name=GET",
		"db.client.operation.duration 1 db.operation.name=GET,db.response.status_code=WRONGTYPE,error.type=WRONGTYPE",
		"db.client.operation.duration 1 db.operation.name=GET,error.type=lost",
		"db.client.operation.duration 1 db.operation.name=INCR,error.type=lost",
		"edgeredis.cache.lookups 3 edgeredis.cache.name=users,edgeredis.cache.outcome=miss",
		"edgeredis.cache.lookups 7 edgeredis.cache.name=users,edgeredis.cache.outcome=hit",
		"edgeredis.commands.billed 1 edgeredis.label=unlabelled",
		"edgeredis.commands.billed 3 edgeredis.label=feed",
		"edgeredis.commands.billed.month 4",
		"edgeredis.limiter.decisions 2 edgeredis.limiter.decision=refused,edgeredis.limiter.policy=api",
		"edgeredis.limiter.decisions 5 edgeredis.limiter.decision=allowed,edgeredis.limiter.policy=api",
		"edgeredis.lock.events 1 edgeredis.lock.class=lock:payout,edgeredis.lock.event=lost",
		"edgeredis.lock.events 3 edgeredis.lock.class=lock:payout,edgeredis.lock.event=contended",
		"edgeredis.lock.events 4 edgeredis.lock.class=lock:payout,edgeredis.lock.event=acquired",
		"edgeredis.requests.in_flight 0",
		"edgeredis.requests.maybe_applied 1",
		"edgeredis.requests.retries 1",
	}
	if got := l.collected(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	l.noSecrets()
	if err := l.tel.Close(); err != nil {
		t.Fatal(err)
	}
	if got := l.collected(); len(got) != 4 {
		t.Errorf("after Close:\n%s", strings.Join(got, "\n"))
	}
}

// What is under way is seen while it is.
func TestInFlight(t *testing.T) {
	t.Parallel()
	begun, proceed := make(chan struct{}), make(chan struct{})
	l := newLab(t, func(resp *upstash.Response) error {
		close(begun)
		<-proceed
		return answer(200, `{"result":"dg=="}`)(resp)
	})
	done := make(chan struct{})
	go func() { defer close(done); _, _ = upstash.Get("k").Do(t.Context(), l.client) }()
	<-begun
	if got := l.collected(); !slices.Contains(got, "edgeredis.requests.in_flight 1") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	close(proceed)
	<-done
}
