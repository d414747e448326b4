//go:build !wasm

package devserver

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2/server"
)

// keyspaceCounts are counted as commands pass by.
type keyspaceCounts struct {
	hits, misses, expired int64
	reads, writes         int64
}

// countLookups counts hits and misses of a read command, key by key.
func (e *embedded) countLookups(c *server.Peer, spec *commandSpec, name string, args []string) {
	e.counts.reads++
	for _, k := range spec.keyArgs(append([]string{name}, args...)) {
		if e.call(c, "EXISTS", k) == int64(1) {
			e.counts.hits++
		} else {
			e.counts.misses++
		}
	}
}

// infoSections in the order of INFO.
var infoSections = []struct {
	name  string
	write func(e *embedded, c *server.Peer, w *strings.Builder)
}{
	{"Server", infoServer},
	{"Clients", infoClients},
	{"Memory", infoMemory},
	{"Stats", infoStats},
	{"Cluster", infoCluster},
	{"Keyspace", infoKeyspace},
}

// info serves INFO. Every figure is measured. An unknown section gives only its
// heading, as Upstash has it.
func info(e *embedded, c *server.Peer, args []string) (reply, bool) {
	want := map[string]bool{}
	for _, a := range args {
		want[strings.ToLower(a)] = true
	}
	all := len(args) == 0 || want["default"] || want["all"] || want["everything"]
	var w strings.Builder
	for _, s := range infoSections {
		key := strings.ToLower(s.name)
		if !all && !want[key] {
			continue
		}
		delete(want, key)
		if w.Len() > 0 {
			w.WriteString("\r\n")
		}
		w.WriteString("# " + s.name + "\r\n")
		s.write(e, c, &w)
	}
	if w.Len() == 0 && len(args) == 1 {
		w.WriteString("# " + args[0] + "\r\n")
	}
	return bulk(w.String()), true
}

func infoServer(e *embedded, _ *server.Peer, w *strings.Builder) {
	up := int64(time.Since(e.started).Seconds())
	fmt.Fprintf(w, "edgeredis_devserver:embedded\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\nos:%s %s\r\nprocess_id:%d\r\nuptime_in_seconds:%d\r\nuptime_in_days:%d\r\n",
		runtime.GOOS, runtime.GOARCH, os.Getpid(), up, up/86400)
}

func infoClients(e *embedded, _ *server.Peer, w *strings.Builder) {
	fmt.Fprintf(w, "connected_clients:%d\r\n", e.stats.open.Load())
}

// infoMemory shows the heap of the process, the only memory there is.
func infoMemory(_ *embedded, _ *server.Peer, w *strings.Builder) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Fprintf(w, "used_memory:%d\r\nused_memory_human:%s\r\nused_memory_rss:%d\r\nmaxmemory:0\r\nmaxmemory_human:0B\r\nmaxmemory_policy:noeviction\r\n",
		m.HeapAlloc, human(m.HeapAlloc), m.Sys)
}

func human(n uint64) string {
	units := []string{"B", "K", "M", "G", "T"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f /= 1024
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%dB", n)
	}
	return fmt.Sprintf("%.2f%s", f, units[i])
}

func infoStats(e *embedded, _ *server.Peer, w *strings.Builder) {
	commands := e.stats.commands.Load() + e.stats.scriptCommands.Load()
	fmt.Fprintf(w, "total_connections_received:%d\r\ntotal_commands_processed:%d\r\ninstantaneous_ops_per_sec:%d\r\n",
		e.stats.connections.Load(), commands, e.rate.perSecond(commands))
	fmt.Fprintf(w, "expired_keys:%d\r\nevicted_keys:0\r\nkeyspace_hits:%d\r\nkeyspace_misses:%d\r\ntotal_reads_processed:%d\r\ntotal_writes_processed:%d\r\n",
		e.counts.expired, e.counts.hits, e.counts.misses, e.counts.reads, e.counts.writes)
}

func infoCluster(_ *embedded, _ *server.Peer, w *strings.Builder) {
	w.WriteString("cluster_enabled:0\r\n")
}

func infoKeyspace(e *embedded, c *server.Peer, w *strings.Builder) {
	n, _ := e.call(c, "DBSIZE").(int64)
	if n == 0 {
		return
	}
	var expires, sum int64
	now := nowMS()
	for k := range e.clock.next {
		if k.isField {
			continue
		}
		if at, ok := e.deadline(c, k); ok {
			expires++
			sum += max(0, at-now)
		}
	}
	if expires > 0 {
		sum /= expires
	}
	fmt.Fprintf(w, "db0:keys=%d,expires=%d,avg_ttl=%d\r\n", n, expires, sum)
}

// A rateMeter turns a growing count into a rate: the commands since the last
// look, per second, looked at no more often than each second.
type rateMeter struct {
	at    time.Time
	count int64
	last  int64
}

func (r *rateMeter) perSecond(count int64) int64 {
	now := time.Now()
	if r.at.IsZero() {
		r.at, r.count = now, count
		return 0
	}
	if d := now.Sub(r.at); d >= time.Second {
		r.last = int64(float64(count-r.count) / d.Seconds())
		r.at, r.count = now, count
	}
	return r.last
}
