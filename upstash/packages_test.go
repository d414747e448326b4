//go:build !wasm

package upstash_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A folder is what TestPackages needs to know of a package.
type folder struct {
	name     string // of the package
	comment  string // what go doc shows, from whichever file
	inDocGo  bool   // the comment is in doc.go
	examples int    // that have an Output, so they run
}

// lacks says what is missing of a package's documentation.
func (f *folder) lacks(dir string) (out []string) {
	if !strings.HasPrefix(f.comment, "Package "+f.name+" ") && f.name != "main" || len(f.comment) < 40 {
		out = append(out, "a package comment")
	}
	if f.name == "main" || f.name == "" {
		return out // a program says what it does when it runs
	}
	if !f.inDocGo && !strings.HasPrefix(dir, "cmd/examples/") {
		out = append(out, "doc.go with the package comment")
	}
	if f.examples == 0 && !strings.HasPrefix(dir, "cmd/") && !strings.Contains(dir, "internal") && !slices.Contains(withoutExample, dir) {
		out = append(out, "an Example with an Output")
	}
	return out
}

// withoutExample lists the packages outside cmd whose main use cannot be an Example
// that runs: they need a *testing.T and a redis-server.
var withoutExample = []string{"upstash/upstashtest/redistest"}

// TestPackages wants every package to have a package comment, libraries in a file
// doc.go, and an Example that runs.
func TestPackages(t *testing.T) {
	t.Parallel()
	folders := map[string]*folder{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"node_modules", ".git", "testdata"}, d.Name()) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../"))
		if folders[dir] == nil {
			folders[dir] = &folder{}
		}
		return folders[dir].add(filepath.Base(path), src)
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, f := range folders {
		for _, what := range f.lacks(dir) {
			t.Errorf("%s lacks %s", dir, what)
		}
	}
	if len(folders) < 20 || folders["upstash"] == nil || folders["upstash"].examples < 5 {
		t.Errorf("the walk has seen too little: %d packages", len(folders))
	}
}

// add takes a file of the folder into account.
func (f *folder) add(name string, src []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(name, "_test.go") {
		f.name = file.Name.Name
		if text := file.Doc.Text(); text != "" {
			f.comment = text
			f.inDocGo = f.inDocGo || name == "doc.go"
		}
		return nil
	}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Example") && hasOutput(file, fn) {
			f.examples++
		}
	}
	return nil
}

// hasOutput reports whether go test runs an Example.
func hasOutput(file *ast.File, fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(file.Comments, func(c *ast.CommentGroup) bool {
		text := strings.ToLower(strings.TrimSpace(c.Text()))
		return c.Pos() > fn.Body.Pos() && c.End() < fn.Body.End() &&
			(strings.HasPrefix(text, "output:") || strings.HasPrefix(text, "unordered output:"))
	})
}

// TestPackagesSee makes sure that the check can fail.
func TestPackagesSee(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		files map[string]string
		want  int
	}{
		{map[string]string{"x.go": "package x\n"}, 3},
		{map[string]string{"x.go": "// Package x does this and that for those who need it.\npackage x\n"}, 2},
		{map[string]string{"doc.go": "// Package x does this and that for those who need it.\npackage x\n", "x_test.go": "package x\nfunc Example() {\n}\n"}, 1},
		{map[string]string{"doc.go": "// Package x does this and that for those who need it.\npackage x\n", "x_test.go": "package x\nfunc Example() {\n\t// Output: 1\n}\n"}, 0},
		{map[string]string{"main.go": "package main\n"}, 1},
		{map[string]string{"main.go": "// Command x does this and that for those who need it.\npackage main\n"}, 0},
	} {
		var f folder
		for name, src := range tc.files {
			if err := f.add(name, []byte(src)); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.lacks("x"); len(got) != tc.want {
			t.Errorf("%v: %v", tc.files, got)
		}
	}
}
