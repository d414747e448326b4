package upstashtest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// TransportHandler returns the server side of [TestTransportURL], so that the
// checks can run where no server can: serve it from another process and give
// the checks its address. Each handler has a state of its own.
//
// It answers POST:
//
//	/echo           the request's body
//	/headers        the request's headers, a sorted "Name: value" per line
//	/target         the request line's target as it came
//	/status?code=   that status, with Retry-After and Upstash-Sync-Token
//	/chunked?n=     n bytes in many chunks
//	/sized?n=       n bytes with a Content-Length
//	/close?n=       n bytes that end with the connection
//	/endless        bytes until the client goes
//	/hang?id=       nothing, until the client goes
//	/stall?id=      half a body, then nothing until the client goes
//	/pieces?id=     "one", and after /release?id= "two"
//	/drop?id=       nothing: the request is counted and its connection closed
//	/redirect?code= that redirect to /count?id=
//	/count?id=      the number of requests with that id
//	/release?id=    nothing; see /pieces
//	/begun?id=      after /hang or /stall with that id has begun
//	/gone?id=       after its client has gone
func TransportHandler() http.Handler {
	h := &transportHandler{ids: make(map[string]*transportID)}
	mux := http.NewServeMux()
	for path, f := range map[string]http.HandlerFunc{
		"/echo":     h.echo,
		"/headers":  h.headers,
		"/target":   h.target,
		"/status":   h.status,
		"/chunked":  h.chunked,
		"/sized":    h.sized,
		"/close":    h.close,
		"/endless":  h.endless,
		"/hang":     h.hang,
		"/stall":    h.stall,
		"/pieces":   h.pieces,
		"/release":  h.release,
		"/drop":     h.drop,
		"/redirect": h.redirect,
		"/count":    h.count,
		"/begun":    h.begun,
		"/gone":     h.gone,
	} {
		mux.HandleFunc(path, f)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// For a transport that runs in a browser.
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "*, Authorization")
		w.Header().Set("Access-Control-Expose-Headers", "*")
		switch {
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		case r.Method != http.MethodPost:
			http.Error(w, "not a POST", http.StatusMethodNotAllowed)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

type transportHandler struct {
	mu  sync.Mutex
	ids map[string]*transportID // guarded by mu
}

// A transportID is what has happened to the requests with one id.
type transportID struct {
	count                 int // guarded by transportHandler.mu
	begun, gone, released event
}

// An event happens once.
type event struct {
	c    chan struct{}
	once sync.Once
}

func (e *event) happen() { e.once.Do(func() { close(e.c) }) }

// id returns the state of the request's id and counts the request if asked to.
func (h *transportHandler) id(r *http.Request, add int) (id *transportID, count int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := r.URL.Query().Get("id")
	id = h.ids[name]
	if id == nil {
		id = new(transportID)
		id.begun.c, id.gone.c, id.released.c = make(chan struct{}), make(chan struct{}), make(chan struct{})
		h.ids[name] = id
	}
	id.count += add
	return id, id.count
}

func (h *transportHandler) echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(body)
}

func (h *transportHandler) headers(w http.ResponseWriter, r *http.Request) {
	lines := make([]string, 0, len(r.Header))
	for name, values := range r.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	lines = append(lines, "Host: "+r.Host, "Content-Length: "+strconv.FormatInt(r.ContentLength, 10))
	slices.Sort(lines)
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, strings.Join(lines, "\n"))
}

func (h *transportHandler) target(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, r.RequestURI)
}

func (h *transportHandler) status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.URL.Query().Get("code"))
	if err != nil {
		http.Error(w, "bad code", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	// Not in canonical case, since a transport must not depend on it.
	w.Header()["upstash-sync-token"] = []string{"token-" + strconv.Itoa(code)}
	w.Header()["RETRY-AFTER"] = []string{"7"}
	w.WriteHeader(code)
	if code != http.StatusNoContent {
		_, _ = io.WriteString(w, `{"error":"status `+strconv.Itoa(code)+`"}`)
	}
}

// transportBytes returns n bytes that differ from place to place.
func transportBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func (h *transportHandler) chunked(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	for i, b := 1, transportBytes(n); len(b) > 0; i++ {
		piece := b[:min(len(b), i*i)]
		b = b[len(piece):]
		_, _ = w.Write(piece)
		_ = http.NewResponseController(w).Flush()
	}
}

func (h *transportHandler) sized(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	w.Header().Set("Content-Length", strconv.Itoa(n))
	_, _ = w.Write(transportBytes(n))
}

// close answers as a server of HTTP/1.0 would.
func (h *transportHandler) close(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	_, _ = io.Copy(io.Discard, r.Body)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_, _ = w.Write(transportBytes(n)) // HTTP/2 has no such thing
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n\r\n")
	_, _ = conn.Write(transportBytes(n))
}

func (h *transportHandler) endless(w http.ResponseWriter, _ *http.Request) {
	piece := bytes.Repeat([]byte("endless "), 8<<10)
	for {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

func (h *transportHandler) hang(w http.ResponseWriter, r *http.Request) {
	id, _ := h.id(r, 1)
	_, _ = io.Copy(io.Discard, r.Body) // net/http sees the client go only after that
	id.begun.happen()
	<-r.Context().Done()
	id.gone.happen()
	panic(http.ErrAbortHandler)
}

func (h *transportHandler) stall(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = w.Write(transportBytes(500))
	_ = http.NewResponseController(w).Flush()
	h.hang(w, r)
}

func (h *transportHandler) pieces(w http.ResponseWriter, r *http.Request) {
	id, _ := h.id(r, 1)
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, "one")
	_ = http.NewResponseController(w).Flush()
	select {
	case <-id.released.c:
		_, _ = io.WriteString(w, "two")
	case <-r.Context().Done():
	}
}

func (h *transportHandler) release(_ http.ResponseWriter, r *http.Request) {
	id, _ := h.id(r, 0)
	id.released.happen()
}

func (h *transportHandler) drop(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	h.id(r, 1)
	panic(http.ErrAbortHandler) // closes the connection
}

func (h *transportHandler) redirect(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.URL.Query().Get("code"))
	if err != nil || code < 300 || code > 399 {
		http.Error(w, "bad code", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/count?"+r.URL.RawQuery, code)
}

// count answers the number of requests before itself.
func (h *transportHandler) count(w http.ResponseWriter, r *http.Request) {
	_, n := h.id(r, 1)
	_, _ = io.WriteString(w, strconv.Itoa(n-1))
}

func (h *transportHandler) begun(w http.ResponseWriter, r *http.Request) {
	id, _ := h.id(r, 0)
	h.await(w, r, &id.begun)
}

func (h *transportHandler) gone(w http.ResponseWriter, r *http.Request) {
	id, _ := h.id(r, 0)
	h.await(w, r, &id.gone)
}

func (h *transportHandler) await(w http.ResponseWriter, r *http.Request, e *event) {
	_, _ = io.Copy(io.Discard, r.Body)
	select {
	case <-e.c:
		_, _ = io.WriteString(w, "yes")
	case <-r.Context().Done():
	}
}
