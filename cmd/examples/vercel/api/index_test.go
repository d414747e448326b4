package handler

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

// TestMain gives the process the environment that a host would, before anything
// can have asked for it.
func TestMain(m *testing.M) {
	db, err := devserver.Start(devserver.Options{})
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"REDIS_REST_URL", "REDIS_REST_TOKEN", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"} {
		_ = os.Unsetenv(name)
	}
	_ = os.Setenv("KV_REST_API_URL", db.URL)
	_ = os.Setenv("KV_REST_API_TOKEN", db.Token)
	code := m.Run()
	_ = db.Close()
	os.Exit(code)
}

func get(h http.Handler, path, visitor string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.Header.Set("X-Real-Ip", visitor)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestHandler sends the first requests of an instance all at once: one service is
// made, one page, and the limit is exact.
func TestHandler(t *testing.T) {
	visitor := strconv.FormatInt(time.Now().UnixNano(), 36) // another one when the test is repeated
	var mu sync.Mutex
	codes, made := map[int]int{}, map[string]int{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			w := get(http.HandlerFunc(Handler), "/news", visitor)
			mu.Lock()
			defer mu.Unlock()
			codes[w.Code]++
			if w.Code != http.StatusOK {
				if w.Header().Get("Retry-After") == "" {
					t.Error("a refusal without Retry-After")
				}
				return
			}
			var p page
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Title != "You are at /news" {
				t.Errorf("%s: %v", w.Body, err)
			}
			made[p.Made.String()]++
		})
	}
	wg.Wait()
	if codes[http.StatusOK] != 20 || codes[http.StatusTooManyRequests] != 30 {
		t.Errorf("answers %v, want 20 and 30 refusals", codes)
	}
	if len(made) != 1 {
		t.Errorf("the page was made %d times", len(made))
	}
	if w := get(http.HandlerFunc(Handler), "/news", visitor+"-other"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "/news") {
		t.Errorf("another visitor: %d %s", w.Code, w.Body)
	}
	first, err1 := instance()
	if again, err2 := instance(); first != again || err1 != nil || err2 != nil {
		t.Errorf("two instances: %v, %v", err1, err2)
	}
}

// TestDatabaseDown: pages are still served, without the limit, as the packages
// document it.
func TestDatabaseDown(t *testing.T) {
	client, err := upstash.New(upstash.Config{URL: "http://127.0.0.1:1", Token: "token"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(client)
	if err != nil {
		t.Fatal(err)
	}
	if w := get(s, "/news", "192.0.2.1"); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
