//go:build !wasm

package examples_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// A block is a fenced code block of a Markdown file.
type block struct {
	lang string
	line int
	text string
}

// blocks returns the fenced code blocks, and the text without them, line by line.
func blocks(md string) (list []block, rest []string) {
	var in *block
	for i, line := range strings.Split(md, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && in == nil:
			in = &block{lang: fence, line: i + 1}
		case isFence:
			list = append(list, *in)
			in = nil
		case in != nil:
			in.text += line + "\n"
		default:
			rest = append(rest, line)
		}
	}
	return list, rest
}

// bodies returns the bodies of the functions in a Go file, with one level of
// indentation less.
func bodies(t *testing.T, path string) []string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		body := string(src[set.Position(fn.Body.Lbrace).Offset+1 : set.Position(fn.Body.Rbrace).Offset])
		out = append(out, strings.ReplaceAll(body, "\n\t", "\n"))
	}
	return out
}

// drifted returns the blocks that are neither a whole file nor whole lines of one
// of the sources.
func drifted(list []block, whole, sources []string) []block {
	var out []block
	for _, b := range list {
		if b.text != "" && slices.Contains(whole, b.text) ||
			slices.ContainsFunc(sources, func(s string) bool { return b.text != "" && strings.Contains("\n"+s, "\n"+b.text) }) {
			continue
		}
		out = append(out, b)
	}
	return out
}

// TestSnippets wants every snippet of the README to be part of a program that is
// compiled and, except for go-redis', run.
func TestSnippets(t *testing.T) {
	t.Parallel()
	md := read(t, "README.md")
	list, _ := blocks(md)
	whole := []string{read(t, "cmd/examples/quickstart/main.go")}
	sources := []string{read(t, "cmd/examples/testdata/migrate.mjs")}
	for _, file := range []string{"snippets_test.go", "migrate_test.go", "../benchmarks/migrate_test.go"} {
		sources = append(sources, bodies(t, file)...)
	}
	for _, b := range drifted(list, whole, sources) {
		t.Errorf("README.md:%d: this %s block is in no program:\n%s", b.line, b.lang, b.text)
	}
	if len(list) < 15 {
		t.Errorf("only %d blocks were seen", len(list))
	}
	for _, b := range list {
		if b.lang != "go" && b.lang != "js" {
			t.Errorf("README.md:%d: a block of the language %q", b.line, b.lang)
		}
	}
	// The other way round: what is shown nowhere is not needed here.
	for _, b := range list {
		b.text = strings.Replace(b.text, "err", "eror", 1) + "drift\n"
		if len(drifted([]block{b}, whole, sources)) != 1 {
			t.Errorf("README.md:%d: drift would not be seen", b.line)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// documents are the Markdown files that people read.
var documents = []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "testdata/README.md", "cmd/benchmarks/README.md"}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	code     = regexp.MustCompile("`([^`]+)`")
	notSlug  = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
	path     = regexp.MustCompile(`^(?:\.ci|cmd|upstash|pipeline|cache|ratelimit|lock|health|testdata)/[\w./-]*$`)
	variable = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b`)
	ident    = regexp.MustCompile(`\b(upstash|pipeline|cache|ratelimit|lock|health|keys|nethttp|upstashtest|devserver)\.([A-Z]\w*)`)
)

// anchors returns those that a page of this Markdown has.
func anchors(md string) []string {
	_, rest := blocks(md)
	var out []string
	for _, h := range heading.FindAllStringSubmatch(strings.Join(rest, "\n"), -1) {
		slug := notSlug.ReplaceAllString(strings.ToLower(h[1]), "")
		out = append(out, strings.ReplaceAll(slug, " ", "-"))
	}
	return out
}

// TestLinks wants files and headings that are linked to, and files and folders
// that are named, to exist.
func TestLinks(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, doc := range documents {
		md := read(t, doc)
		_, rest := blocks(md)
		text := strings.Join(rest, "\n")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			seen++
			page := md
			if target != "" {
				file := filepath.Join(root, filepath.Dir(doc), target)
				if _, err := os.Stat(file); err != nil {
					t.Errorf("%s links to %s: %v", doc, m[1], err)
					continue
				}
				if b, err := os.ReadFile(file); err == nil {
					page = string(b)
				}
			}
			if anchor != "" && !slices.Contains(anchors(page), anchor) {
				t.Errorf("%s links to %s, which has no such heading", doc, m[1])
			}
		}
		for _, m := range code.FindAllStringSubmatch(text, -1) {
			if !path.MatchString(m[1]) {
				continue
			}
			seen++
			_, err := os.Stat(filepath.Join(root, m[1]))
			if _, beside := os.Stat(filepath.Join(root, filepath.Dir(doc), m[1])); err != nil && beside != nil {
				t.Errorf("%s names %s: %v", doc, m[1], err)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d links and paths were seen", seen)
	}
}
