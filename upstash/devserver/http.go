//go:build !wasm

package devserver

import (
	"errors"
	"strings"

	"github.com/valyala/fasthttp"
)

const (
	wrongPass = "WRONGPASS invalid or missing auth token. See https://docs.upstash.com/redis/troubleshooting/http_unauthorized for details."

	jsonType = "application/json; charset=utf-8"
	respType = "application/octet-stream"
)

// A request is an HTTP request after authentication.
type request struct {
	ctx      *fasthttp.RequestCtx
	segments []string // of the path
	query    []string // as arguments, without _token
	rights   rights
	base64   bool
	resp2    bool
}

// handle routes a request. The method is checked before the token.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	s.stats.requests.Add(1)
	s.cors(ctx)
	switch string(ctx.Method()) {
	case fasthttp.MethodGet, fasthttp.MethodHead, fasthttp.MethodPost, fasthttp.MethodPut:
	case fasthttp.MethodOptions:
		ctx.SetStatusCode(fasthttp.StatusOK)
		return
	default:
		ctx.SetStatusCode(fasthttp.StatusMethodNotAllowed)
		return
	}
	rq := &request{ctx: ctx}
	if !s.prepare(rq) || ctx.IsHead() {
		return // HEAD answers 200 without running anything
	}
	if n := len(ctx.PostBody()); n > s.opts.MaxBody {
		fail(ctx, fasthttp.StatusBadRequest, tooLarge(s.opts.MaxBody, n))
		return
	}
	s.route(rq)
}

func (s *Server) route(rq *request) {
	first := ""
	if len(rq.segments) > 0 {
		first = strings.ToLower(rq.segments[0])
	}
	switch {
	case first == "":
		s.serveCommand(rq)
	case first == "pipeline" && len(rq.segments) == 1:
		s.servePipeline(rq)
	case first == "multi-exec" && len(rq.segments) == 1:
		s.serveTx(rq)
	case first == "subscribe", first == "psubscribe":
		s.serveSubscribe(rq, first)
	case first == "monitor":
		s.serveMonitor(rq)
	default:
		s.servePath(rq)
	}
}

// prepare authenticates and reads the headers. It answers itself when it
// returns false.
func (s *Server) prepare(rq *request) bool {
	ctx := rq.ctx
	segments, err := pathSegments(string(ctx.URI().PathOriginal()))
	var token string
	var hasToken bool
	if err == nil {
		rq.query, token, hasToken, err = queryArgs(string(ctx.URI().QueryString()))
	}
	if err != nil {
		fail(ctx, fasthttp.StatusBadRequest, err.Error())
		return false
	}
	rq.segments = segments
	if !hasToken {
		token = headerToken(string(ctx.Request.Header.Peek(fasthttp.HeaderAuthorization)))
	}
	if rq.rights = s.tokens.rights(token); rq.rights == rightsNone {
		fail(ctx, fasthttp.StatusUnauthorized, wrongPass)
		return false
	}
	rq.base64 = strings.EqualFold(string(ctx.Request.Header.Peek("Upstash-Encoding")), "base64")
	switch format := strings.ToLower(string(ctx.Request.Header.Peek("Upstash-Response-Format"))); format {
	case "", "json":
	case "resp2":
		rq.resp2 = true
	default:
		fail(ctx, fasthttp.StatusBadRequest, "ERR unknown Upstash-Response-Format")
		return false
	}
	isTx := len(segments) == 1 && strings.EqualFold(segments[0], "multi-exec")
	if rq.resp2 && rq.base64 && !isTx {
		fail(ctx, fasthttp.StatusBadRequest, "ERR Upstash-Encoding base64 is not allowed with resp2 format")
		return false
	}
	return true
}

// cors lets a browser page use the server: the origin is echoed, and a preflight
// allows what it asks for.
func (s *Server) cors(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderAccessControlAllowCredentials, "true")
	origin := ctx.Request.Header.Peek(fasthttp.HeaderOrigin)
	if len(origin) == 0 {
		return
	}
	h.SetBytesV(fasthttp.HeaderAccessControlAllowOrigin, origin)
	h.Set(fasthttp.HeaderVary, fasthttp.HeaderOrigin)
	h.Set(fasthttp.HeaderAccessControlExposeHeaders, "upstash-sync-token")
	if !ctx.IsOptions() {
		return
	}
	h.Set(fasthttp.HeaderAccessControlAllowMethods, "HEAD, GET, POST, PUT, OPTIONS")
	h.Set(fasthttp.HeaderAccessControlMaxAge, "600")
	if want := ctx.Request.Header.Peek(fasthttp.HeaderAccessControlRequestHeaders); len(want) > 0 {
		h.SetBytesV(fasthttp.HeaderAccessControlAllowHeaders, want)
	}
	// A page on a public site may ask for loopback only with this.
	if len(ctx.Request.Header.Peek("Access-Control-Request-Private-Network")) > 0 {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
}

// handleBadRequest answers what fasthttp could not read as a request.
func (s *Server) handleBadRequest(ctx *fasthttp.RequestCtx, err error) {
	s.stats.requests.Add(1)
	if errors.Is(err, fasthttp.ErrBodyTooLarge) {
		fail(ctx, fasthttp.StatusBadRequest, tooLarge(s.opts.MaxBody, ctx.Request.Header.ContentLength()))
		return
	}
	if _, ok := errors.AsType[*fasthttp.ErrSmallBuffer](err); ok {
		fail(ctx, fasthttp.StatusRequestHeaderFieldsTooLarge, "ERR URL and headers are too large")
		return
	}
	fail(ctx, fasthttp.StatusBadRequest, "ERR malformed HTTP request")
}

func fail(ctx *fasthttp.RequestCtx, code int, text string) {
	ctx.SetStatusCode(code)
	ctx.SetContentType(jsonType)
	ctx.SetBody(appendError(nil, text))
}
