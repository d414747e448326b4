//go:build unix

package benchmarks_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkColdStart starts a process for each answer, as a function is that has to
// be made for one: from the start of the process to its first answer over TLS 1.3
// and its end, and the CPU time it took. The programs take turns.
//
// Their sizes are reported as well: what is larger takes longer to load where it is
// not in the page cache, as it is here.
func BenchmarkColdStart(b *testing.B) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"result":"MDEyMzQ1Njc4OWFiY2RlZg=="}`)
	}))
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	srv.StartTLS()
	defer srv.Close()
	dir := b.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		b.Fatal(err)
	}
	env := append(os.Environ(), "REDIS_REST_URL="+srv.URL, "REDIS_REST_TOKEN=token", "SSL_CERT_FILE="+ca, "SSL_CERT_DIR="+b.TempDir())

	names := []string{"edgeredis", "nethttp", "nothing"}
	took := map[string][]cost{}
	for _, name := range names {
		cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, name), "./testdata/cold/"+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/1e6, name+":MB")
	}
	for b.Loop() {
		for _, name := range names {
			cmd := exec.CommandContext(b.Context(), filepath.Join(dir, name)) //nolint:gosec // built above
			cmd.Env = env
			began := time.Now()
			out, err := cmd.Output()
			wallTime := time.Since(began)
			if err != nil || string(out) != "0123456789abcdef" {
				b.Fatalf("%s: %q, %v", name, out, err)
			}
			state := cmd.ProcessState
			took[name] = append(took[name], cost{
				wall: wallTime.Seconds() * 1000,
				cpu:  (state.UserTime() + state.SystemTime()).Seconds() * 1000,
			})
		}
	}
	for _, name := range names {
		b.ReportMetric(median(took[name], wall), name+":ms")
		b.ReportMetric(median(took[name], cpu), name+":cpu-ms")
	}
	b.ReportMetric(ratio(took["edgeredis"], took["nethttp"], wall), "nethttp:x-wall")
	b.ReportMetric(ratio(took["edgeredis"], took["nethttp"], cpu), "nethttp:x-cpu")
}
