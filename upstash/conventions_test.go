//go:build !wasm

package upstash_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Limits of CONTRIBUTING.md.
const (
	maxFileLines = 450
	maxFuncLines = 70
)

// TestConventions checks what no linter of the gate does: lengths of files and
// functions, and that nothing sleeps in real time.
func TestConventions(t *testing.T) {
	t.Parallel()
	files := 0
	bubbles := map[string]bool{} // folders whose tests use testing/synctest
	matches, err := filepath.Glob("../*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	deeper, err := filepath.Glob("../*/*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(matches, deeper...) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(src, []byte("\t\"testing/synctest\"\n")) {
			bubbles[filepath.Dir(path)] = true
		}
	}
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, p := range problems(set, file, strings.HasSuffix(path, "_test.go"), bubbles[filepath.Dir(path)]) {
			t.Errorf("%s: %s", path, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were seen", files)
	}
}

// problems lists what is wrong with one file.
func problems(set *token.FileSet, file *ast.File, test, bubble bool) []string {
	var out []string
	generated := ast.IsGenerated(file)
	if n := set.File(file.Pos()).LineCount(); n > maxFileLines && !generated {
		out = append(out, "has more lines than a file should")
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			lines := set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1
			if lines > maxFuncLines && !test && !generated {
				out = append(out, n.Name.Name+" is longer than a screen")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && n.Sel.Name == "Sleep" && (!test || !bubble) {
				out = append(out, "time.Sleep outside the tests of a package that uses testing/synctest")
			}
		}
		return true
	})
	return out
}

// TestConventionsSee makes sure that the checks can fail.
func TestConventionsSee(t *testing.T) {
	t.Parallel()
	src := "package x\nimport \"time\"\nfunc f() {\n\ttime.Sleep(1)\n" + strings.Repeat("\n", maxFileLines) + "}\n"
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "x.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := problems(set, file, false, true); len(got) != 3 {
		t.Errorf("got %v", got)
	}
}
