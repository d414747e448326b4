//go:build !wasm

package devserver

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// monitors are the readers of /monitor. They see the server's own command
// stream, so over a real Redis they do not see its other clients, nor the
// scripts by which this server imitates Upstash.
type monitors struct {
	active atomic.Int32 // so that publish costs nothing without readers
	mu     sync.Mutex
	all    map[*monitor]struct{} // guarded by mu
}

type monitor struct {
	lines chan string // closed when the reader is too slow
}

func newMonitors() *monitors { return &monitors{all: map[*monitor]struct{}{}} }

func (m *monitors) add() *monitor {
	r := &monitor{lines: make(chan string, maxQueued)}
	m.mu.Lock()
	m.all[r] = struct{}{}
	m.mu.Unlock()
	m.active.Add(1)
	return r
}

func (m *monitors) remove(r *monitor) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.removeLocked(r)
}

func (m *monitors) removeLocked(r *monitor) {
	if _, ok := m.all[r]; ok {
		delete(m.all, r)
		close(r.lines)
		m.active.Add(-1)
	}
}

func (m *monitors) publish(args []string) {
	if m.active.Load() == 0 {
		return
	}
	line := monitorLine(time.Now(), args)
	m.mu.Lock()
	defer m.mu.Unlock()
	for r := range m.all {
		select {
		case r.lines <- line:
		default:
			m.removeLocked(r)
		}
	}
}

// monitorLine is what MONITOR prints: the time in seconds with microseconds,
// the database and (as Upstash has it) a zero address, the quoted arguments.
func monitorLine(now time.Time, args []string) string {
	us := now.UnixMicro()
	b := strconv.AppendInt(nil, us/1e6, 10)
	frac := strconv.Itoa(int(us%1e6) + 1e6)
	b = append(b, '.')
	b = append(b, frac[1:]...)
	b = append(b, " [0 0.0.0.0:0]"...)
	for _, a := range args {
		b = append(b, ' ')
		b = appendQuoted(b, a)
	}
	return string(b)
}

// appendQuoted quotes as Redis does: printable ASCII as it is, the rest escaped.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\a':
			b = append(b, `\a`...)
		case '\b':
			b = append(b, `\b`...)
		default:
			if c < ' ' || c > '~' {
				b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}
