package seedapi

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// goPackages are the package that rows speak of, and those whose types it gives
// names of its own.
var goPackages = []string{"transport/http2", "core/session", "core/conn", "core/frame"}

// GoNames are the exported names of the Go package: "Connect", and
// "Session.OnClose" for methods and fields, those of embedded types and of types
// with another name included.
type GoNames struct {
	members map[string]map[string]bool // "http2.Session" → its methods and fields
	alias   map[string]string          // "http2.SessionState" → "session.State"
	embeds  map[string][]string        // "http2.ServerStream" → "http2.Stream"
	names   map[string]bool            // "http2.Connect"
}

// ReadGoNames reads the packages.
func ReadGoNames(root string) (*GoNames, error) {
	n := &GoNames{members: make(map[string]map[string]bool), alias: make(map[string]string), embeds: make(map[string][]string), names: make(map[string]bool)}
	for _, folder := range goPackages {
		files, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, folder, f.Name()), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			for _, d := range parsed.Decls {
				n.decl(parsed.Name.Name, d)
			}
		}
	}
	return n, nil
}

func (n *GoNames) decl(pkg string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			n.names[pkg+"."+d.Name.Name] = true
			return
		}
		n.member(typeName(pkg, d.Recv.List[0].Type), d.Name.Name)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					n.names[pkg+"."+id.Name] = true
				}
			case *ast.TypeSpec:
				n.typeSpec(pkg, s)
			}
		}
	}
}

func (n *GoNames) typeSpec(pkg string, s *ast.TypeSpec) {
	name := pkg + "." + s.Name.Name
	n.names[name] = true
	if s.Assign.IsValid() {
		n.alias[name] = typeName(pkg, s.Type)
	}
	t, ok := s.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range t.Fields.List {
		for _, id := range f.Names {
			n.member(name, id.Name)
		}
		if len(f.Names) == 0 {
			n.embeds[name] = append(n.embeds[name], typeName(pkg, f.Type))
		}
	}
}

func (n *GoNames) member(of, name string) {
	if n.members[of] == nil {
		n.members[of] = make(map[string]bool)
	}
	n.members[of][name] = true
}

// typeName is a type's name with its package: "session.State".
func typeName(pkg string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(pkg, e.X)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	case *ast.Ident:
		return pkg + "." + e.Name
	}
	return ""
}

// Has says whether the package has a name, "Connect" or "Session.OnClose".
func (n *GoNames) Has(name string) bool {
	of, member, dotted := strings.Cut(name, ".")
	of = "http2." + of
	if !dotted {
		return n.names[of]
	}
	return n.has(of, member)
}

func (n *GoNames) has(of, member string) bool {
	if to := n.alias[of]; to != "" {
		of = to
	}
	if n.members[of][member] {
		return true
	}
	for _, e := range n.embeds[of] {
		if n.has(e, member) {
			return true
		}
	}
	return false
}

var (
	dotted = regexp.MustCompile(`\b[A-Z]\w*\.[A-Z]\w*\b`)
	single = regexp.MustCompile(`^[A-Z]\w*$`)
)

// Unknown are the names in the rows' Go cells that the package does not have:
// all with a dot, and those that are alone, or alone between commas, in a piece
// of code.
func (n *GoNames) Unknown(rows []Row) (lines []string) {
	for i := range rows {
		r := &rows[i]
		for _, piece := range names(r.Go) {
			found := dotted.FindAllString(piece, -1)
			for part := range strings.SplitSeq(piece, ", ") {
				if single.MatchString(part) {
					found = append(found, part)
				}
			}
			for _, name := range found {
				if !n.Has(name) {
					lines = append(lines, fmt.Sprintf("line %d: %s is not in framewise/transport/http2, which %s is said to be", r.Line, name, r.Name()))
				}
			}
		}
	}
	return lines
}
