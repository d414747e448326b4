//go:build !wasm

package upstash_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docLink is what go doc makes a link of: [Name], [Type.Method], [pkg.Name],
// [pkg.Type.Method], with a star in front or without; not the type of a generic
// function, Users[User].
var docLink = regexp.MustCompile(`(?m)(?:^|[^\w\]])\[\*?((?:[a-z]\w*\.)?[A-Z]\w*(?:\.[A-Z]\w*)?)\]`)

// A docPackage is what a package declares and what its comments link to.
type docPackage struct {
	names map[string]bool
	links map[string]string // by file and link
}

// TestDocLinks wants what comments link to to exist: a name that was changed stays
// behind in a comment otherwise, where no compiler sees it.
func TestDocLinks(t *testing.T) {
	t.Parallel()
	packages := map[string]*docPackage{}
	links := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"node_modules", ".git", "testdata"}, d.Name()) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		name := file.Name.Name
		if name == "main" {
			name = filepath.Dir(path)
		}
		if packages[name] == nil {
			packages[name] = &docPackage{map[string]bool{}, map[string]string{}}
		}
		packages[name].add(path, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		links += len(p.links)
		for where, link := range p.links {
			if !resolves(packages, p, link) {
				t.Errorf("%s: [%s] does not exist", where, link)
			}
		}
	}
	if links < 200 {
		t.Errorf("only %d links were seen", links)
	}
	if resolves(packages, packages["upstash"], "Nothing") || resolves(packages, packages["cache"], "upstash.Nothing") ||
		!resolves(packages, packages["cache"], "upstash.Client.Do") || !resolves(packages, packages["lock"], "Options.Wake") {
		t.Error("names are not told apart")
	}
}

func (p *docPackage) add(path string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			p.names[receiver(n)+n.Name.Name] = true
		case *ast.TypeSpec:
			p.names[n.Name.Name] = true
			p.addMembers(n)
		case *ast.ValueSpec:
			for _, name := range n.Names {
				p.names[name.Name] = true
			}
		}
		return true
	})
	for _, group := range file.Comments {
		for _, m := range docLink.FindAllStringSubmatch(group.Text(), -1) {
			if m[1] == strings.ToUpper(m[1]) {
				continue // syntax of a command: COPY source dest [REPLACE]
			}
			p.links[path+": "+m[1]] = m[1]
		}
	}
}

// addMembers adds fields of structs and methods of interfaces; with those that are
// embedded everything may be there.
func (p *docPackage) addMembers(spec *ast.TypeSpec) {
	var list *ast.FieldList
	switch typ := spec.Type.(type) {
	case *ast.StructType:
		list = typ.Fields
	case *ast.InterfaceType:
		list = typ.Methods
	default:
		return
	}
	for _, field := range list.List {
		if len(field.Names) == 0 {
			p.names[spec.Name.Name+".*"] = true
		}
		for _, name := range field.Names {
			p.names[spec.Name.Name+"."+name.Name] = true
		}
	}
}

// receiver returns "Type." for a method, and "" for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	typ := fn.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name + "."
		default:
			return ""
		}
	}
}

// resolves reports whether a link leads somewhere. Packages of others are not
// looked into.
func resolves(packages map[string]*docPackage, p *docPackage, link string) bool {
	head, rest, _ := strings.Cut(link, ".")
	if head[0] >= 'a' && head[0] <= 'z' {
		if p = packages[head]; p == nil {
			return true
		}
		link = rest
		head, _, _ = strings.Cut(link, ".")
	}
	return p.names[link] || strings.Contains(link, ".") && p.names[head+".*"]
}
