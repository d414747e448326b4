package upstashtest_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/yesgoddess/edgeredis/upstash/upstashtest"
)

const testdata = "../../testdata"

// forbidden is what must not stand in a recording: a bearer token, the host of a
// database, and addresses of the machine that recorded. Links to the vendor's
// documentation are part of error texts.
var forbidden = regexp.MustCompile(`(?i)bearer |[a-z0-9-]+\.upstash\.io|127\.0\.0\.1|localhost|_token=[^\["&]|\[::1\]`)

// TestTestdata checks every recording of this module.
func TestTestdata(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(testdata + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(readme)
	err = fs.WalkDir(os.DirFS(testdata), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".json" {
			return err
		}
		row := rows[name]
		delete(rows, name)
		t.Run(name, func(t *testing.T) { checkRecording(t, name, row) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range rows {
		t.Errorf("README.md lists %s, which is not there", name)
	}
}

func checkRecording(t *testing.T, name, row string) {
	b, err := os.ReadFile(path.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	source, quoted, n, err := upstashtest.ParseSource(b)
	if err != nil || n == 0 {
		t.Fatalf("%d exchanges, %v", n, err)
	}
	if again, err := upstashtest.Reformat(b); err != nil || !bytes.Equal(again, b) {
		t.Error("the file is not in the form that recording gives it")
	}
	if found := forbidden.Find(b); found != nil {
		t.Errorf("the file contains %q", found)
	}
	if quoted == strings.Contains(source, ", recorded ") {
		t.Errorf("quoted is %v, but the source is %q", quoted, source)
	}
	if row == "" {
		t.Error("README.md does not list the file")
	}
	if kind, _, _ := strings.Cut(source, ":"); quoted && !strings.Contains(row, firstWords(kind, 2)) {
		t.Errorf("the row of README.md, %q, does not name the source %q", row, firstWords(kind, 2))
	}
}

func firstWords(s string, n int) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(n, len(words))], " ")
}

// rowsOf returns the table rows of README.md by the file in their first cell.
func rowsOf(readme []byte) map[string]string {
	rows := map[string]string{}
	for line := range strings.Lines(string(readme)) {
		cells := strings.Split(line, "|")
		if len(cells) > 2 && strings.Contains(cells[1], ".json") {
			rows[strings.Trim(cells[1], " `")] = line
		}
	}
	return rows
}
