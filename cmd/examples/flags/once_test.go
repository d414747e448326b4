//go:build !wasm

package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/keys"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

const (
	order = `{"to":"bob","cents":1000}`
	paid  = `{"cents":1000,"payment":"P-1","to":"bob"}`
)

func headers(user, key string) []string {
	return []string{"X-User: " + user, "Idempotency-Key: " + key}
}

func TestPaidOnce(t *testing.T) {
	s := start(t, upstash.Config{})
	for i, cost := range []int64{2, 1, 1} {
		before := s.srv.Stats().Billed()
		resp, body := s.curl(t, "POST", "/payments", order, headers("ann", "k")...)
		if resp.StatusCode != 201 || body != paid || (resp.Header.Get("Idempotency-Replayed") == "true") != (i > 0) {
			t.Errorf("%d: %s %s %v", i, resp.Status, body, resp.Header)
		}
		if billed := s.srv.Stats().Billed() - before; billed != cost {
			t.Errorf("%d: %d billed commands, want %d", i, billed, cost)
		}
	}
	if s.ledger.calls != 1 {
		t.Errorf("the ledger was asked %d times", s.ledger.calls)
	}
	ttl, err := upstash.PTTL(keys.KindPaymentRecord.Key("ann", "k")).Do(t.Context(), s.client)
	if err != nil || ttl < keys.TTLPaymentRecord-time.Minute {
		t.Errorf("the record lives for %v, %v", ttl, err)
	}
	s.want(t, "POST", "/payments", `{"to":"bob","cents":1}`, 422, "this idempotency key was used for a different request", headers("ann", "k")...)
	s.want(t, "POST", "/payments", order, 201, strings.Replace(paid, "P-1", "P-2", 1), headers("ann", "l")...)
	s.want(t, "POST", "/payments", order, 201, strings.Replace(paid, "P-1", "P-3", 1), headers("bob", "k")...)
	for _, bad := range [][]string{nil, headers("ann", ""), headers("", "k"), headers("ann", strings.Repeat("k", 256))} {
		if resp, _ := s.curl(t, "POST", "/payments", order, bad...); resp.StatusCode != 400 {
			t.Errorf("%v: %s", bad, resp.Status)
		}
	}
}

// TestDeclinedIsAnAnswer: it is recorded; a failure is not.
func TestDeclinedIsAnAnswer(t *testing.T) {
	s := start(t, upstash.Config{})
	s.ledger.fail = errDeclined
	for range 2 {
		s.want(t, "POST", "/payments", order, 402, `{"error":"the payment was declined"}`, headers("ann", "k")...)
	}
	s.ledger.fail = errors.New("the ledger is away")
	s.want(t, "POST", "/payments", order, 503, "the payment may not have been made; repeat the request with the same key", headers("ann", "l")...)
	s.ledger.fail = nil
	s.want(t, "POST", "/payments", order, 201, paid, headers("ann", "l")...)
	if s.ledger.calls != 3 {
		t.Errorf("the ledger was asked %d times, want 3", s.ledger.calls)
	}
}

// TestTwoAtOnce: the second is told to ask again, and then gets the answer.
func TestTwoAtOnce(t *testing.T) {
	s := start(t, upstash.Config{})
	reached, release := make(chan struct{}), make(chan struct{})
	s.ledger.before = sync.OnceFunc(func() { close(reached); <-release })
	var wg sync.WaitGroup
	wg.Go(func() { s.want(t, "POST", "/payments", order, 201, paid, headers("ann", "k")...) })
	<-reached
	resp, body := s.curl(t, "POST", "/payments", order, headers("ann", "k")...)
	if resp.StatusCode != 409 || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("the second: %s %s", resp.Status, body)
	}
	s.want(t, "POST", "/payments", `{"to":"bob","cents":1}`, 422, ErrReused.Error(), headers("ann", "k")...)
	close(release)
	wg.Wait()
	s.want(t, "POST", "/payments", order, 201, paid, headers("ann", "k")...)
	if s.ledger.calls != 1 {
		t.Errorf("the ledger was asked %d times", s.ledger.calls)
	}
}

// TestCrash: a process dies between the work and the record. Its claim is in the
// way until it ends; then the work is done again, and the ledger has it already.
func TestCrash(t *testing.T) {
	s := start(t, upstash.Config{})
	record := keys.KindPaymentRecord.Key("ann", "k")
	func() {
		defer func() { _ = recover() }()
		_, _, _ = s.once.Do(t.Context(), "ann", "k", []byte(order), func(ctx context.Context) (Answer, error) {
			_, _ = s.ledger.Charge(ctx, "ann", "k", Payment{})
			panic("the process dies")
		})
	}()
	ttl, err := upstash.PTTL(record).Do(t.Context(), s.client)
	if err != nil || ttl <= 0 || ttl > claimTTL {
		t.Errorf("the claim lives for %v, %v", ttl, err)
	}
	if resp, _ := s.curl(t, "POST", "/payments", order, headers("ann", "k")...); resp.StatusCode != 409 {
		t.Errorf("while the claim stands: %s", resp.Status)
	}
	if _, err := upstash.Del(record).Do(t.Context(), s.client); err != nil { // as its TTL does
		t.Fatal(err)
	}
	s.want(t, "POST", "/payments", order, 201, paid, headers("ann", "k")...)
	if len(s.ledger.byKey) != 1 {
		t.Errorf("%d payments were made", len(s.ledger.byKey))
	}
}

// TestLateRecord: the claim ended while its work went on, and another process has
// answered. The record of that one stays.
func TestLateRecord(t *testing.T) {
	s := start(t, upstash.Config{})
	record := keys.KindPaymentRecord.Key("ann", "k")
	other := encode(record2("other"))
	_, _, err := s.once.Do(t.Context(), "ann", "k", []byte(order), func(ctx context.Context) (Answer, error) {
		_, err := upstash.Set(record, other).Do(ctx, s.client)
		return Answer{Status: 201, Body: []byte(paid)}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := upstash.Get(record).Do(t.Context(), s.client); got != other || err != nil {
		t.Errorf("the record is %s, %v", got, err)
	}
}

func record2(claim string) record { return record{Request: "x", Claim: claim} }

// faulty returns a site whose client's answers can be lost.
func faulty(t *testing.T) (*site, *upstashtest.Faults) {
	t.Helper()
	transport, err := upstash.NewFastHTTPTransport(upstash.FastHTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	faults := upstashtest.NewFaults(transport, upstashtest.FaultOptions{})
	return start(t, upstash.Config{Transport: faults, Retry: upstash.Retry{MinBackoff: time.Millisecond, Budget: -1}}), faults
}

// TestLostAnswers: the answer to the claim and the one to the record are lost; the
// client repeats both, and the work is done once.
func TestLostAnswers(t *testing.T) {
	s, faults := faulty(t)
	faults.Add(upstashtest.ReplyLost())
	s.ledger.before = func() { faults.Add(upstashtest.ReplyLost()) }
	for range 2 {
		s.want(t, "POST", "/payments", order, 201, paid, headers("ann", "k")...)
	}
	if s.ledger.calls != 1 || faults.Counts().Lost != 2 || s.log.String() != "" {
		t.Errorf("the ledger was asked %d times, %d answers were lost, the log: %s", s.ledger.calls, faults.Counts().Lost, s.log)
	}
}

// TestNoAnswerAtAll: every attempt's answer is lost. Before the work nothing is
// paid and the wait is that of the claim; after it, whoever asked gets the answer.
func TestNoAnswerAtAll(t *testing.T) {
	s, faults := faulty(t)
	lost := func() { faults.Add(upstashtest.ReplyLost(), upstashtest.ReplyLost(), upstashtest.ReplyLost()) }
	lost()
	resp, body := s.curl(t, "POST", "/payments", order, headers("ann", "k")...)
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "30" || s.ledger.calls != 0 {
		t.Errorf("no claim: %s %s %v", resp.Status, body, resp.Header)
	}
	s.ledger.before = lost
	s.want(t, "POST", "/payments", order, 201, paid, headers("ann", "l")...)
	if log := s.log.String(); !strings.Contains(log, "payment: maybe applied: ") || !strings.Contains(log, "could not be recorded") {
		t.Errorf("the log: %s", log)
	}
}
