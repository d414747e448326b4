//go:build unix

package redistest

import (
	"syscall"
	"testing"
)

// Hang makes the process stand still: connections stay open, and new ones are
// accepted by the system, but nothing answers. Resume lets it go on; Stop ends it
// in either case.
func (s *Server) Hang(tb testing.TB) { s.signal(tb, syscall.SIGSTOP) }

// Resume lets a process go on that Hang has stopped.
func (s *Server) Resume(tb testing.TB) { s.signal(tb, syscall.SIGCONT) }

func (s *Server) signal(tb testing.TB, sig syscall.Signal) {
	tb.Helper()
	if s.cmd == nil {
		tb.Fatal("redistest: the server is not running")
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		tb.Fatal(err)
	}
}
