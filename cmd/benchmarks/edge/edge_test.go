//go:build linux

package edge_test

import (
	"flag"
	"os"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash"
	"github.com/yesgoddess/edgeredis/upstash/devserver"
)

var (
	rounds = flag.Int("rounds", 9, "how often each Worker is started and measured")
	soaks  = flag.Int("soaks", 1, "how often the memory of each Worker is watched over 10,000 requests")
	limits = flag.Bool("limits", false, "fail beyond the limits; without it what is beyond is only reported")
	pin    = flag.Int("pin", -1, "run workerd on this CPU alone, by taskset; -1: wherever the system likes")
)

const (
	key, value = "bench", "value-0123456789"

	warm    = 500 // requests before anything steady is measured
	turns   = 5   // of each Worker with one caller
	each    = 100 // requests of a turn, every other one a SET
	callers = 50
	calls   = 30 // of each of them
)

// TestEdge measures the Workers in turn, round after round, so that whatever else
// the machine does hits all of them. It takes minutes and measures time: it is no
// part of the gate.
func TestEdge(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	bin := findWorkerd(t)
	all := contestants(t)
	dev, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	env := []string{"REDIS_REST_URL=" + dev.URL, "REDIS_REST_TOKEN=" + dev.Token, "PATH=" + os.Getenv("PATH")}
	seed(t, dev)

	r := make(results)
	for n := range *rounds {
		round(t, r, n, bin, all, env)
	}
	for range *soaks {
		for _, c := range all {
			soak(t, r, bin, c, env)
		}
	}
	var names []string
	for _, c := range all {
		names = append(names, c.name)
		t.Logf("%s: %d bytes, %d after gzip -9", c.name, c.raw, c.gzip)
	}
	t.Logf("%d rounds, medians [least-greatest], and ratios within each round\n%s", *rounds, r.table(names))
	for _, b := range r.beyond(names[0], names[1]) {
		if *limits {
			t.Error(b)
		} else {
			t.Log("beyond its limit: ", b)
		}
	}
}

// seed writes the value that is read.
func seed(t *testing.T, dev *devserver.Running) {
	t.Helper()
	db, err := upstash.New(upstash.Config{URL: dev.URL, Token: upstash.Secret(dev.Token)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := upstash.Set(key, value).Do(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}
