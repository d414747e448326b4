//go:build js

// Command nethttp is the Worker whose client is net/http and encoding/json, which
// is what the other Go clients of the REST API are made of. It does what must be
// done and no more: no retries, no time limits but the context's, one type of
// result.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"syscall/js"

	"github.com/yesgoddess/edgeredis/cmd/benchmarks/edge/testdata/host"
)

type store struct{ url, token string }

func (s store) Get(ctx context.Context, key string) (string, error) {
	value, err := s.do(ctx, "GET", key)
	if err != nil {
		return "", err
	}
	b, err := base64.StdEncoding.DecodeString(value)
	return string(b), err
}

func (s store) Set(ctx context.Context, key, value string) error {
	_, err := s.do(ctx, "SET", key, value) // OK is never encoded
	return err
}

func (s store) do(ctx context.Context, command ...string) (string, error) {
	body, err := json.Marshal(command)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Upstash-Encoding", "base64")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Result *string `json:"result"`
		Error  string  `json:"error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Error != "" || answer.Result == nil {
		return "", errors.New("no value: " + answer.Error)
	}
	return *answer.Result, nil
}

func main() {
	host.Run(func(url, token string) (host.Store, error) {
		return store{url, token}, nil
	}, func(ctx context.Context, _ js.Value) context.Context { return ctx })
}
