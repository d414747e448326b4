package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// A runtime speaks the Lambda Runtime API, by which a custom runtime
// (provided.al2023) gets its invocations: four requests to an address on the same
// machine. AWS's own package does the same and more; for this it is not needed.
//
// API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type runtime struct {
	base   string // "http://127.0.0.1:9001/2018-06-01/runtime"
	client http.Client
}

func newRuntime(api string) *runtime {
	return &runtime{base: "http://" + api + "/2018-06-01/runtime"}
}

// margin is how long before the function's deadline its context ends, so that the
// error can still be reported.
const margin = 50 * time.Millisecond

// A handler answers one event. Its context ends shortly before Lambda would end the
// process.
type handler func(ctx context.Context, event []byte) (any, error)

// serve handles one invocation after another until ctx ends.
func (r *runtime) serve(ctx context.Context, h handler) error {
	for {
		if err := r.once(ctx, h); err != nil {
			return err
		}
	}
}

// once waits for an invocation and answers it. Between two of them the process may
// be frozen, for minutes: nothing here or in the client counts on a timer of that
// time, and connections that have died meanwhile are noticed before they are used.
func (r *runtime) once(ctx context.Context, h handler) error {
	resp, event, err := r.do(ctx, http.MethodGet, "/invocation/next", nil, "")
	if err != nil {
		return err
	}
	id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
	call, cancel := withDeadline(ctx, resp.Header.Get("Lambda-Runtime-Deadline-Ms"))
	answer, failure := h(call, event)
	cancel()
	if failure == nil {
		var body []byte
		if body, failure = json.Marshal(answer); failure == nil {
			_, _, err = r.do(ctx, http.MethodPost, "/invocation/"+id+"/response", body, "")
			return err
		}
	}
	return r.report(ctx, "/invocation/"+id+"/error", failure)
}

// withDeadline reads the header with the end of an invocation, in milliseconds
// since 1970.
func withDeadline(ctx context.Context, header string) (context.Context, context.CancelFunc) {
	ms, err := strconv.ParseInt(header, 10, 64)
	if err != nil {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, time.UnixMilli(ms).Add(-margin))
}

// report says that an invocation, or the start, has failed.
func (r *runtime) report(ctx context.Context, path string, failure error) error {
	kind := fmt.Sprintf("Function.%T", failure)
	body, err := json.Marshal(map[string]string{"errorMessage": failure.Error(), "errorType": kind})
	if err != nil {
		return err
	}
	_, _, err = r.do(ctx, http.MethodPost, path, body, kind)
	return err
}

func (r *runtime) do(ctx context.Context, method, path string, body []byte, errorType string) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if errorType != "" {
		req.Header.Set("Lambda-Runtime-Function-Error-Type", errorType)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("runtime API: %s: %s", path, resp.Status)
	}
	return resp, text, err
}
