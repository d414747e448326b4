//go:build !wasm

package main

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
)

// A Payment is what somebody wants to pay.
type Payment struct {
	To    string `json:"to"`
	Cents int64  `json:"cents"`
}

// A Ledger stands for the database where payments take effect. It has a unique
// index over user and key, so a payment takes effect once even when the work
// around it is done twice.
type Ledger struct {
	mu     sync.Mutex // guards what follows
	byKey  map[string]string
	calls  int
	fail   error
	before func() // a seam for tests
}

// Charge makes a payment, or finds the one with this key, and returns its number.
func (l *Ledger) Charge(_ context.Context, user, key string, _ Payment) (string, error) {
	l.mu.Lock()
	before := l.before
	l.mu.Unlock()
	if before != nil {
		before()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if l.fail != nil {
		return "", l.fail
	}
	index := strconv.Quote(user) + strconv.Quote(key)
	if number, ok := l.byKey[index]; ok {
		return number, nil
	}
	if l.byKey == nil {
		l.byKey = map[string]string{}
	}
	number := "P-" + strconv.Itoa(len(l.byKey)+1)
	l.byKey[index] = number
	return number, nil
}

// errDeclined is an answer, not a failure: it is recorded like any other.
var errDeclined = errors.New("declined")

// pay is the work behind POST /payments.
func (l *Ledger) pay(ctx context.Context, user, key string, p Payment) (Answer, error) {
	number, err := l.Charge(ctx, user, key, p)
	if errors.Is(err, errDeclined) {
		return Answer{Status: 402, Body: json.RawMessage(`{"error":"the payment was declined"}`)}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	body, err := json.Marshal(map[string]any{"payment": number, "to": p.To, "cents": p.Cents})
	return Answer{Status: 201, Body: body}, err
}
