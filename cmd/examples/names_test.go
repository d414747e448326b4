//go:build !wasm

package examples_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goFiles calls fn for each Go file of the repository.
func goFiles(t *testing.T, fn func(path string, file *ast.File, src string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
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
		file, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
		if err != nil {
			return err
		}
		fn(path, file, string(src))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// exported returns the names that a file declares for others.
func exported(file *ast.File) (names []string) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

// TestNames wants the identifiers and environment variables that the documents
// name to exist in the code.
func TestNames(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	var source strings.Builder
	source.WriteString(read(t, ".ci/run"))
	goFiles(t, func(path string, file *ast.File, src string) {
		// Tests read EDGEREDIS_REQUIRE and REDIS_URL.
		if !strings.Contains(path, "cmd/examples") {
			source.WriteString(src)
		}
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, name := range exported(file) {
			have[file.Name.Name+"."+name] = true
		}
	})
	all := source.String()
	seen := 0
	for _, doc := range documents {
		for _, span := range code.FindAllStringSubmatch(withoutBlocks(read(t, doc)), -1) {
			for _, m := range ident.FindAllString(span[1], -1) {
				seen++
				if !have[m] {
					t.Errorf("%s names %s, which does not exist", doc, m)
				}
			}
			for _, m := range variable.FindAllString(span[1], -1) {
				seen++
				if !strings.Contains(all, m) {
					t.Errorf("%s names the variable %s, which nothing reads", doc, m)
				}
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d names were seen", seen)
	}
	if have["upstash.Nothing"] || !have["upstash.Get"] || !have["lock.ErrLost"] || !have["cache.Options"] {
		t.Error("the list of identifiers is wrong")
	}
}

func withoutBlocks(md string) string {
	_, rest := blocks(md)
	return strings.Join(rest, "\n")
}

var (
	goRun  = regexp.MustCompile(`go run \./(cmd/[\w/-]+)([^` + "`" + `\n]*)`)
	option = regexp.MustCompile(`(?:^|\s)(--?[a-z][\w-]*)`)
	// installed is `edgeredis ping --json` in text, listing is `--json`.
	installed = regexp.MustCompile("`edgeredis ([^`\n]+)`")
	listing   = regexp.MustCompile("`(--?[a-z][\\w-]*)`")
)

// TestCommands wants the programs and flags that the documents name to exist.
func TestCommands(t *testing.T) {
	t.Parallel()
	help := ""
	golden, err := filepath.Glob(root + "/cmd/edgeredis/testdata/help_*.golden")
	if err != nil || len(golden) < 5 {
		t.Fatal(golden, err)
	}
	for _, g := range golden {
		help += read(t, strings.TrimPrefix(g, root+"/"))
	}
	docs := documents
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go") {
			docs = append(docs, "cmd/examples/"+path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	flags := option.FindAllString(help, -1)
	for i := range flags {
		flags[i] = strings.TrimSpace(flags[i])
	}
	seen := 0
	for _, doc := range docs {
		text := read(t, doc)
		for _, m := range goRun.FindAllStringSubmatch(text, -1) {
			seen++
			main, err := os.ReadFile(filepath.Join(root, m[1], "main.go"))
			if err != nil {
				t.Errorf("%s: %s: %v", doc, m[0], err)
				continue
			}
			sub, _, _ := strings.Cut(strings.TrimSpace(m[2]), " ")
			if m[1] == "cmd/edgeredis" && !strings.Contains(help, "\n  "+sub+" ") {
				t.Errorf("%s: %s: there is no such command", doc, m[0])
			}
			for _, o := range option.FindAllStringSubmatch(m[2], -1) {
				known := slices.Contains(flags, o[1])
				if m[1] != "cmd/edgeredis" {
					known = strings.Contains(string(main), `("`+strings.TrimLeft(o[1], "-")+`", `)
				}
				if !known {
					t.Errorf("%s: %s: there is no flag %s", doc, m[0], o[1])
				}
			}
		}
		for _, m := range installed.FindAllStringSubmatch(text, -1) {
			seen++
			sub, _, _ := strings.Cut(m[1], " ")
			if !strings.Contains(help, "\n  "+sub+" ") && sub != "help" {
				t.Errorf("%s: edgeredis %s: there is no such command", doc, m[1])
			}
			for _, o := range option.FindAllStringSubmatch(m[1], -1) {
				if !slices.Contains(flags, o[1]) {
					t.Errorf("%s: edgeredis %s: there is no flag %s", doc, m[1], o[1])
				}
			}
		}
		for _, m := range listing.FindAllStringSubmatch(text, -1) {
			if m[1] == "-record" || m[1] == "-race" || doc == "cmd/benchmarks/README.md" {
				continue // flags of tests
			}
			seen++
			if !slices.Contains(flags, m[1]) {
				t.Errorf("%s names the flag %s, which does not exist", doc, m[1])
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d commands and flags were seen", seen)
	}
}

// TestEverythingIsListed wants the README to name all packages and all examples.
func TestEverythingIsListed(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	goFiles(t, func(path string, file *ast.File, _ string) {
		dir := strings.TrimPrefix(filepath.Dir(path), root+"/")
		name := "`" + dir + "`"
		switch {
		case strings.HasSuffix(path, "_test.go"), strings.Contains(dir, "internal"):
			return
		case strings.HasPrefix(dir, "cmd/examples/"):
			name = strings.Join(strings.Split(dir, "/")[:3], "/")
		case strings.Count(dir, "/") > 1, strings.Contains(dir, "/") && !strings.HasPrefix(dir, "upstash/") && !strings.HasPrefix(dir, "cmd/"):
			return // named in the documentation of the package above
		case !strings.Contains(readme, "\n| [`"+dir+"`]"):
			t.Errorf("the README's table of packages lacks %s", dir)
		}
		if !strings.Contains(readme, name) {
			t.Errorf("the README does not name %s (package %s)", dir, file.Name.Name)
		}
	})
}
