package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// TestSizes builds every program, prints its sizes and compares them with its
// limit and with the table of the README.
func TestSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds six programs")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("needs the go command")
	}
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sizes := map[string]size{}
	for _, p := range programs {
		s, err := measure(t.Context(), p.name, dir, 5) // the fast levels of brotli do for a look
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-10s raw %7d  gzip -9 %7d  brotli 5 %7d  small %7d", p.name, s.raw, s.gzip, s.brotli, s.small)
		if p.most > 0 && s.gzip > p.most {
			t.Errorf("%s has %d bytes after gzip, %d more than its limit", p.name, s.gzip, s.gzip-p.most)
		}
		if s.small == 0 {
			t.Logf("this Go does not know GOEXPERIMENT=%s: the budget is not looked at", smallExperiment)
		} else if p.budget > 0 && s.small > p.budget {
			t.Errorf("%s, built small, has %d bytes after gzip, %d more than its budget", p.name, s.small, s.small-p.budget)
		}
		if s.small >= s.gzip {
			t.Errorf("%s: %d bytes built small, %d as usual", p.name, s.small, s.gzip)
		}
		if s.brotli == 0 || s.brotli >= s.gzip {
			t.Errorf("%s: brotli %d, gzip %d", p.name, s.brotli, s.gzip)
		}
		if d, ok := documented(string(readme), p.does); !ok || !near(d.raw, s.raw) || !near(d.gzip, s.gzip) || s.small > 0 && !near(d.small, s.small) {
			t.Errorf("%s: the README says %v kB, measured %v bytes; run go run ./upstash/internal/wasmsize", p.name, d, s)
		}
		sizes[p.name] = s
	}
	if want := "`GOEXPERIMENT=" + smallExperiment + "` and `" + smallFlags + "`"; !strings.Contains(string(readme), want) {
		t.Errorf("the README does not say what the small programs are built with, %s", want)
	}
	if e := sizes["empty"]; e.gzip < 100_000 || sizes["get"].gzip <= e.gzip || sizes["everything"].gzip <= sizes["cache"].gzip {
		t.Errorf("these cannot be the programs: %v", sizes)
	}
}

// documented reads the row of a table that describes a program, in kB.
func documented(text, does string) (size, bool) {
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 || strings.TrimSpace(cells[1]) != does {
			continue
		}
		number := func(cell string) int {
			n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(cell), " kB"))
			return n
		}
		return size{number(cells[2]), number(cells[3]), number(cells[4]), number(cells[5])}, true
	}
	return size{}, false
}

// near allows for another version of Go.
func near(kB, bytes int) bool {
	return bytes > kB*970 && bytes < kB*1030
}

// TestDocumented makes sure that the comparison with the README can fail.
func TestDocumented(t *testing.T) {
	t.Parallel()
	text := "x\n" + tableHead + row(programs[1], size{2_700_400, 780_600, 590_000, 740_499})
	if d, ok := documented(text, programs[1].does); !ok || d != (size{2700, 781, 590, 740}) {
		t.Errorf("documented: %v, %v", d, ok)
	}
	if !near(781, 770_000) || near(781, 740_000) || near(781, 810_000) {
		t.Error("near is not 3 %")
	}
	if _, ok := documented(text, programs[2].does); ok {
		t.Error("a row that is not there was found")
	}
}
