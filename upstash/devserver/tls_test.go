//go:build !wasm

package devserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yesgoddess/edgeredis/upstash/devserver"
	"github.com/yesgoddess/edgeredis/upstash/upstashtest/redistest"
)

// certificate writes a self-signed certificate for 127.0.0.1 and returns the
// files and a pool that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, b := range map[string][]byte{certFile: certPEM, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})} {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}

func TestRedisOverTLS(t *testing.T) {
	t.Parallel()
	cert, key, pool := certificate(t)
	port := strconv.Itoa(redistest.FreePort(t))
	redis := redistest.StartOwn(t, "--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key,
		"--tls-auth-clients", "no", "--requirepass", "secret")
	url := "rediss://:secret@127.0.0.1:" + port + "/0"
	srv := start(t, devserver.Options{Redis: url, TLS: &tls.Config{RootCAs: pool}})
	check(t, srv, exchange{body: `["SET","k","v"]`, want: `{"result":"OK"}`})
	s := open(t, srv, "/subscribe/ch", "")
	s.frame(t, "data: subscribe,ch,1")
	untrusted := start(t, devserver.Options{Redis: url})
	check(t, untrusted, exchange{body: `["PING"]`, status: 503, want: down})
	plain := start(t, devserver.Options{Redis: strings.Replace(redis.URL, "//", "//:secret@", 1)})
	check(t, plain, exchange{body: `["GET","k"]`, want: `{"result":"v"}`})
}

// TestRedisWithoutTLS: a Redis that does not know TLS says nothing at all, and is not
// waited for longer than Timeout.
func TestRedisWithoutTLS(t *testing.T) {
	t.Parallel()
	redis := redistest.StartOwn(t)
	srv := start(t, devserver.Options{Redis: strings.Replace(redis.URL, "redis:", "rediss:", 1), Timeout: 200 * time.Millisecond})
	began := time.Now()
	check(t, srv, exchange{body: `["PING"]`, status: 503, want: down})
	if took := time.Since(began); took > devserver.DefaultTimeout/2 {
		t.Errorf("took %v", took)
	}
}
