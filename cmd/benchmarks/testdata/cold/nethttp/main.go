// Command nethttp does the same with net/http and encoding/json, which is what the
// other clients of the REST API are made of.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	body, err := json.Marshal([]string{"GET", "bench:16"})
	if err != nil {
		panic(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, os.Getenv("REDIS_REST_URL"), bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("REDIS_REST_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Upstash-Encoding", "base64")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Result string `json:"result"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		panic(err)
	}
	value, err := base64.StdEncoding.DecodeString(answer.Result)
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.Write(value)
}
