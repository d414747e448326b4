package otelredis

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/yesgoddess/edgeredis/health"
)

// instruments are what is read from health.Metrics when the reader collects.
type instruments struct {
	m      *health.Metrics
	common []attribute.KeyValue

	inFlight                      metric.Int64ObservableUpDownCounter
	retries, maybe, billed        metric.Int64ObservableCounter
	lookups, decisions, lockEvent metric.Int64ObservableCounter
	billedMonth                   metric.Int64ObservableGauge
}

// observe registers the counts of m.
func observe(meter metric.Meter, m *health.Metrics, common []attribute.KeyValue) (metric.Registration, error) {
	i := &instruments{m: m, common: common}
	var errs []error
	counter := func(name, unit, help string) metric.Int64ObservableCounter {
		c, err := meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(help))
		errs = append(errs, err)
		return c
	}
	i.retries = counter("edgeredis.requests.retries", "{request}", "Requests that were retries.")
	i.maybe = counter("edgeredis.requests.maybe_applied", "{request}", "Requests that may have taken effect although they failed.")
	i.billed = counter("edgeredis.commands.billed", "{command}", "Commands that the database bills.")
	i.lookups = counter("edgeredis.cache.lookups", "{lookup}", "Values asked of a cache.")
	i.decisions = counter("edgeredis.limiter.decisions", "{decision}", "Decisions of rate limiters.")
	i.lockEvent = counter("edgeredis.lock.events", "{event}", "Leases that began or were lost, and tries that found the lock held.")
	var err error
	i.inFlight, err = meter.Int64ObservableUpDownCounter("edgeredis.requests.in_flight", metric.WithUnit("{request}"), metric.WithDescription("Requests under way."))
	errs = append(errs, err)
	i.billedMonth, err = meter.Int64ObservableGauge("edgeredis.commands.billed.month", metric.WithUnit("{command}"), metric.WithDescription("Commands billed in this calendar month (UTC)."))
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return meter.RegisterCallback(i.read, i.inFlight, i.retries, i.maybe, i.billed, i.lookups, i.decisions, i.lockEvent, i.billedMonth)
}

// read is called by the reader.
func (i *instruments) read(_ context.Context, o metric.Observer) error {
	with := func(more ...attribute.KeyValue) metric.ObserveOption {
		return metric.WithAttributes(append(append([]attribute.KeyValue(nil), i.common...), more...)...)
	}
	t, b := i.m.Traffic(), i.m.Billed()
	o.ObserveInt64(i.inFlight, t.InFlight, with())
	o.ObserveInt64(i.retries, t.TotalRetries, with())
	o.ObserveInt64(i.maybe, t.TotalMaybeApplied, with())
	for label, n := range b.ByLabel {
		o.ObserveInt64(i.billed, n, with(attribute.String("edgeredis.label", label)))
	}
	o.ObserveInt64(i.billedMonth, b.Month, with())
	for _, c := range i.m.Caches() {
		name := attribute.String("edgeredis.cache.name", c.Name)
		o.ObserveInt64(i.lookups, c.Hits, with(name, attribute.String("edgeredis.cache.outcome", "hit")))
		o.ObserveInt64(i.lookups, c.Lookups-c.Hits, with(name, attribute.String("edgeredis.cache.outcome", "miss")))
	}
	for _, l := range i.m.Limiters() {
		policy := attribute.String("edgeredis.limiter.policy", l.Policy)
		o.ObserveInt64(i.decisions, l.Allowed, with(policy, attribute.String("edgeredis.limiter.decision", "allowed")))
		o.ObserveInt64(i.decisions, l.Refused, with(policy, attribute.String("edgeredis.limiter.decision", "refused")))
	}
	for _, l := range i.m.Locks() {
		class := attribute.String("edgeredis.lock.class", l.Class)
		o.ObserveInt64(i.lockEvent, l.Acquired, with(class, attribute.String("edgeredis.lock.event", "acquired")))
		o.ObserveInt64(i.lockEvent, l.Contended, with(class, attribute.String("edgeredis.lock.event", "contended")))
		o.ObserveInt64(i.lockEvent, l.Lost, with(class, attribute.String("edgeredis.lock.event", "lost")))
	}
	return nil
}
