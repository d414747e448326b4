//go:build !wasm

package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestProcess runs the program as its users do.
func TestProcess(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program, which takes a while")
	}
	program := filepath.Join(t.TempDir(), "edgeredis.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Run("demo", func(t *testing.T) {
		t.Parallel()
		cmd := process(t, program, "demo")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil || stderr.Len() > 0 {
			t.Fatalf("%v\nstdout: %s\nstderr: %s", err, &stdout, &stderr)
		}
		golden(t, "demo", stdout.String())
	})
	t.Run("exit codes", func(t *testing.T) {
		t.Parallel()
		for arg, want := range map[string]int{"--help": exitOK, "ping": exitFailed, "pign": exitUsage} {
			err := process(t, program, arg).Run()
			code := 0
			if e, ok := errors.AsType[*exec.ExitError](err); ok {
				code = e.ExitCode()
			}
			if code != want {
				t.Errorf("%s: exit code %d, want %d", arg, code, want)
			}
		}
	})
	t.Run("closed pipe", func(t *testing.T) {
		t.Parallel()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		cmd := process(t, program, "demo")
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &stderr
		if err := cmd.Run(); err == nil || !strings.Contains(stderr.String(), "could not be written") {
			t.Errorf("%v: %s", err, &stderr)
		}
		_ = w.Close()
	})
	t.Run("serve until interrupted", func(t *testing.T) {
		t.Parallel()
		if runtime.GOOS == "windows" {
			t.Skip("a process cannot be interrupted there")
		}
		cmd := process(t, program, "serve", "--addr", "127.0.0.1:0")
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		for _, prefix := range []string{"export REDIS_REST_URL=http://127.0.0.1:", "export REDIS_REST_TOKEN="} {
			if !lines.Scan() || !strings.HasPrefix(lines.Text(), prefix) {
				t.Errorf("line %q, want %s", lines.Text(), prefix)
			}
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("after Ctrl-C: %v", err)
		}
	})
}

// process is a run of program in an environment without a database.
func process(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	for _, e := range os.Environ() {
		if !strings.Contains(e, "REDIS") && !strings.HasPrefix(e, "KV_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	return cmd
}
