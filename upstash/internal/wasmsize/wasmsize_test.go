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
		t.Logf("%-10s raw %7d  gzip -9 %7d  brotli 5 %7d", p.name, s.raw, s.gzip, s.brotli)
		if p.most > 0 && s.gzip > p.most {
			t.Errorf("%s has %d bytes after gzip, %d more than its limit", p.name, s.gzip, s.gzip-p.most)
		}
		if p.goal > 0 && s.gzip > p.goal {
			t.Logf("%-10s is %d bytes over its goal", p.name, s.gzip-p.goal)
		}
		if s.brotli == 0 || s.brotli >= s.gzip {
			t.Errorf("%s: brotli %d, gzip %d", p.name, s.brotli, s.gzip)
		}
		if raw, zipped, ok := documented(string(readme), p.does); ok && (!near(raw, s.raw) || !near(zipped, s.gzip)) {
			t.Errorf("%s: the README says %d and %d kB, measured %d and %d bytes; run go run ./upstash/internal/wasmsize", p.name, raw, zipped, s.raw, s.gzip)
		}
		sizes[p.name] = s
	}
	if e := sizes["empty"]; e.gzip < 100_000 || sizes["get"].gzip <= e.gzip || sizes["everything"].gzip <= sizes["cache"].gzip {
		t.Errorf("these cannot be the programs: %v", sizes)
	}
}

// documented reads the row of a table that describes a program.
func documented(text, does string) (raw, zipped int, ok bool) {
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || strings.TrimSpace(cells[1]) != does {
			continue
		}
		number := func(cell string) int {
			n, _ := strconv.Atoi(strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(cell), " kB"), ",", ""))
			return n
		}
		return number(cells[2]), number(cells[3]), true
	}
	return 0, 0, false
}

// near allows for another version of Go.
func near(kB, bytes int) bool {
	return bytes > kB*970 && bytes < kB*1030
}

// TestDocumented makes sure that the comparison with the README can fail.
func TestDocumented(t *testing.T) {
	t.Parallel()
	text := "x\n" + tableHead + row(programs[1], size{2_700_400, 780_600, 590_000})
	raw, zipped, ok := documented(text, programs[1].does)
	if !ok || raw != 2700 || zipped != 781 {
		t.Errorf("documented: %d, %d, %v", raw, zipped, ok)
	}
	if !near(781, 770_000) || near(781, 740_000) || near(781, 810_000) {
		t.Error("near is not 3 %")
	}
	if _, _, ok := documented(text, programs[2].does); ok {
		t.Error("a row that is not there was found")
	}
}
