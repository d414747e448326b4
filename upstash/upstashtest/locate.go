package upstashtest

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const modulePath = "github.com/yesgoddess/edgeredis"

// locate returns the path of a recording. It looks in the folder testdata of the
// package under test, and then in those of the folders above it, up to the
// module's root. A recording that does not exist yet belongs to the package's
// own testdata; in this module, to the one at the root.
func locate(dir, name string) (string, error) {
	name = strings.TrimSuffix(name, ".json")
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", errors.New("the name of a recording must be a path below testdata")
	}
	name = filepath.FromSlash(name) + ".json"
	if dir != "" {
		return filepath.Join(dir, name), nil
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for d := here; ; d = filepath.Dir(d) {
		path := filepath.Join(d, "testdata", name)
		if exists(path) {
			return path, nil
		}
		mod := filepath.Join(d, "go.mod")
		if exists(mod) && moduleOf(mod) == modulePath {
			return path, nil
		}
		if exists(mod) || d == filepath.Dir(d) {
			return filepath.Join(here, "testdata", name), nil
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// moduleOf returns the module path that a go.mod declares.
func moduleOf(mod string) string {
	f, err := os.Open(mod)
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, ok := strings.CutPrefix(s.Text(), "module "); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}
