package health_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// A browser is a headless Chromium with one page, driven over its debugging pipe:
// JSON messages with a zero byte after each.
type browser struct {
	t       *testing.T
	to      io.Writer
	session string

	mu       sync.Mutex // guards what follows
	last     int
	waiting  map[int]chan message
	problems []string // errors on the console, exceptions, what the policy blocked
	requests []string // addresses that the page asked for
}

type message struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// chromium returns the path of a browser, "" when there is none. Then the test fails
// if EDGEREDIS_REQUIRE names chromium.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if strings.Contains(os.Getenv("EDGEREDIS_REQUIRE"), "chromium") {
		t.Fatal("chromium is required")
	}
	return ""
}

// startBrowser starts a browser that ends with the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := chromium(t)
	if path == "" {
		redistest.Unavailable(t, "chromium", "no chromium in PATH")
	}
	fromUs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, toUs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // descriptors 3 and 4
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = fromUs.Close(), toUs.Close()
	b := &browser{t: t, to: to, waiting: map[int]chan message{}}
	done := make(chan struct{})
	go func() { defer close(done); b.read(from) }()
	t.Cleanup(func() {
		b.send("Browser.close", nil) // it then removes its own children
		<-done
		_ = cmd.Wait()
		_, _ = to.Close(), from.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// read hands answers to who waits, and keeps what must not happen.
func (b *browser) read(from io.Reader) {
	r := bufio.NewReader(from)
	for {
		raw, err := r.ReadBytes(0)
		if err != nil {
			b.mu.Lock()
			for _, c := range b.waiting {
				close(c)
			}
			b.waiting = nil
			b.mu.Unlock()
			return
		}
		var m message
		if json.Unmarshal(raw[:len(raw)-1], &m) == nil {
			b.take(m)
		}
	}
}

func (b *browser) take(m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.waiting[m.ID]; m.ID != 0 && c != nil {
		delete(b.waiting, m.ID)
		c <- m
		return
	}
	var p struct {
		Type    string
		Entry   struct{ Level, Source, Text string }
		Request struct{ URL string }
	}
	_ = json.Unmarshal(m.Params, &p)
	switch {
	case m.Method == "Runtime.exceptionThrown",
		m.Method == "Runtime.consoleAPICalled" && (p.Type == "error" || p.Type == "warning"),
		m.Method == "Log.entryAdded" && (p.Entry.Level == "error" || p.Entry.Level == "warning"):
		b.problems = append(b.problems, m.Method+" "+string(m.Params))
	case m.Method == "Network.requestWillBeSent":
		b.requests = append(b.requests, p.Request.URL)
	}
}

func (b *browser) send(method string, params any) chan message {
	raw, err := json.Marshal(params)
	if err != nil || params == nil {
		raw = nil
	}
	c := make(chan message, 1)
	b.mu.Lock()
	b.last++
	m := message{ID: b.last, Method: method, Params: raw, SessionID: b.session}
	if strings.HasPrefix(method, "Browser.") {
		m.SessionID = ""
	}
	if b.waiting == nil {
		close(c)
	} else {
		b.waiting[m.ID] = c
	}
	b.mu.Unlock()
	if raw, err = json.Marshal(m); err == nil {
		_, err = b.to.Write(append(raw, 0))
	}
	if err != nil {
		b.t.Log(method, err)
	}
	return c
}

// call runs a method of the protocol.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	if err := b.try(method, params, result); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) try(method string, params, result any) error {
	select {
	case m, ok := <-b.send(method, params):
		switch {
		case !ok:
			return errors.New(method + ": the browser has ended")
		case m.Error != nil:
			return errors.New(method + ": " + m.Error.Message)
		case result != nil:
			return json.Unmarshal(m.Result, result)
		}
		return nil
	case <-time.After(time.Minute):
		return errors.New(method + ": no answer")
	}
}

// eval returns the value of an expression of JavaScript.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return fmt.Sprint(r.Result.Value)
}

// says returns the text of an element.
func (b *browser) says(id string) string {
	b.t.Helper()
	return b.eval(`(document.getElementById("` + id + `")||{}).innerText`)
}

// look is how a page is shown.
type look struct {
	width, height int
	phone         bool
	scheme        string // "light" or "dark"
}

func (b *browser) show(l look) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": l.width, "height": l.height, "deviceScaleFactor": 1, "mobile": l.phone}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": l.scheme}}}, nil)
}

// open loads an address with a user's password, as people type it.
func (b *browser) open(address, path, password string) {
	b.t.Helper()
	u, err := url.Parse(address + path)
	if err != nil {
		b.t.Fatal(err)
	}
	u.User = url.UserPassword("operator", password)
	b.call("Page.navigate", map[string]any{"url": u.String()}, nil)
}

// picture writes a screenshot of the whole page into the folder that
// EDGEREDIS_SCREENSHOTS names, if it does.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("EDGEREDIS_SCREENSHOTS")
	if dir == "" {
		return
	}
	var r struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &r)
	raw, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/"+name+".png", raw, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// seenSoFar returns what should not have happened, and every address asked for.
func (b *browser) seenSoFar() (problems, requests []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append(problems, b.problems...), append(requests, b.requests...)
}
