//go:build !wasm

package devserver

import (
	"errors"

	"github.com/valyala/fasthttp"
)

// serveCommand answers POST /.
func (s *Server) serveCommand(rq *request) {
	args, err := parseCommand(rq.ctx.PostBody())
	switch {
	case err != nil:
		fail(rq.ctx, fasthttp.StatusBadRequest, err.Error())
	case len(args) == 0:
		fail(rq.ctx, fasthttp.StatusBadRequest, "ERR empty command")
	default:
		s.runOne(rq, args)
	}
}

// servePath answers the path form: the segments are arguments, then a body that
// is not empty is one more, then come the query parameters.
func (s *Server) servePath(rq *request) {
	args := rq.segments
	if body := rq.ctx.PostBody(); len(body) > 0 {
		args = append(args, string(body))
	}
	s.runOne(rq, append(args, rq.query...))
}

func (s *Server) runOne(rq *request, args []string) {
	replies, err := s.runBatch(s.ctx, [][]string{args}, rq.rights)
	if err != nil {
		s.failBackend(rq, err)
		return
	}
	v := replies[0]
	code := fasthttp.StatusOK
	if isError(v) {
		code = fasthttp.StatusBadRequest
	} else {
		s.setSyncToken(rq)
	}
	body := rq.ctx.Response.Body()[:0]
	if rq.resp2 {
		s.write(rq, code, respType, appendRESP(body, v))
		return
	}
	s.write(rq, code, jsonType, appendResult(body, v, rq.base64))
}

// servePipeline answers POST /pipeline.
func (s *Server) servePipeline(rq *request) {
	batch, err := parseBatch(rq.ctx.PostBody())
	switch {
	case isArgError(err):
		fail(rq.ctx, fasthttp.StatusBadRequest, err.Error())
		return
	case err != nil:
		fail(rq.ctx, fasthttp.StatusBadRequest, "ERR failed to parse pipeline request")
		return
	case len(batch) == 0:
		fail(rq.ctx, fasthttp.StatusBadRequest, "ERR empty pipeline request")
		return
	}
	replies, err := s.runBatch(s.ctx, batch, rq.rights)
	if err != nil {
		s.failBackend(rq, err)
		return
	}
	s.writeBatch(rq, replies, rq.resp2)
}

// serveTx answers POST /multi-exec. Its answers are always JSON.
func (s *Server) serveTx(rq *request) {
	batch, err := parseBatch(rq.ctx.PostBody())
	switch {
	case isArgError(err):
		fail(rq.ctx, fasthttp.StatusBadRequest, err.Error())
		return
	case err != nil:
		fail(rq.ctx, fasthttp.StatusBadRequest, "ERR failed to parse transaction request")
		return
	case len(batch) == 0:
		fail(rq.ctx, fasthttp.StatusBadRequest, "ERR empty transaction request")
		return
	}
	replies, err := s.runTx(s.ctx, batch, rq.rights)
	if e, ok := errors.AsType[replyError](err); ok {
		fail(rq.ctx, fasthttp.StatusBadRequest, string(e))
		return
	}
	if err != nil {
		s.failBackend(rq, err)
		return
	}
	s.writeBatch(rq, replies, false)
}

// isArgError tells a bad argument, which has its own text, from a bad body.
func isArgError(err error) bool {
	return errors.Is(err, errNullArg) || errors.Is(err, errNestedArray) || errors.Is(err, errNestedObject)
}

func (s *Server) writeBatch(rq *request, replies []reply, resp2 bool) {
	s.setSyncToken(rq)
	body := rq.ctx.Response.Body()[:0]
	if resp2 {
		for _, v := range replies {
			body = appendRESP(body, v)
		}
		s.write(rq, fasthttp.StatusOK, respType, body)
		return
	}
	body = append(body, '[')
	for i, v := range replies {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendResult(body, v, rq.base64)
	}
	s.write(rq, fasthttp.StatusOK, jsonType, append(body, ']'))
}

func (s *Server) setSyncToken(rq *request) {
	rq.ctx.Response.Header.Set("upstash-sync-token", s.sync.token())
}

func (s *Server) write(rq *request, code int, contentType string, body []byte) {
	rq.ctx.SetStatusCode(code)
	rq.ctx.SetContentType(contentType)
	rq.ctx.Response.SetBodyRaw(body)
}

// failBackend answers 503: the service itself documents no such status, but a
// client that retries on it does the right thing.
func (s *Server) failBackend(rq *request, err error) {
	text := err.Error()
	if !errors.Is(err, errBackendDown) && !errors.Is(err, errBackendAuth) {
		s.opts.Logger.Warn("devserver: command failed", "error", err)
		text = "ERR the dev server could not run the command"
	}
	fail(rq.ctx, fasthttp.StatusServiceUnavailable, text)
}
