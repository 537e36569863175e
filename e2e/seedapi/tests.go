package seedapi

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Where the tests are that rows may name, from the module's root.
var (
	GoFolders = []string{"transport/http2", "core/session"}
	JSFolders = []string{"web/http2"}
)

// GoTests are the names of the tests below the folders: "TestX", and "TestX/sub"
// for each t.Run of its own with a literal name.
func GoTests(root string, folders ...string) (map[string]bool, error) {
	found := make(map[string]bool)
	err := walk(root, folders, "_test.go", func(path string) error {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				found[fn.Name.Name] = true
				subtests(fn.Body, fn.Name.Name, found)
			}
		}
		return nil
	})
	return found, err
}

// subtests finds t.Run("name", func…) and what is in the function.
func subtests(n ast.Node, prefix string, found map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		lit, literal := call.Args[0].(*ast.BasicLit)
		if !ok || sel.Sel.Name != "Run" || !literal || lit.Kind != token.STRING {
			return true
		}
		name, err := strconv.Unquote(lit.Value)
		if err != nil {
			return true
		}
		name = prefix + "/" + strings.ReplaceAll(name, " ", "_")
		found[name] = true
		subtests(call.Args[1], name, found)
		return false
	})
}

// literal is a string of a script.
var literal = regexp.MustCompile(`'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|` + "`((?:\\\\.|[^`\\\\$\n])*)`")

// JSTitles are the strings in the test scripts below the folders: the titles of
// tests are among them, and whether one is a test that runs is for Ran to say.
func JSTitles(root string, folders ...string) (map[string]bool, error) {
	found := make(map[string]bool)
	err := walk(root, folders, ".mjs", func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			found[unescape.Replace(m[1]+m[2]+m[3])] = true
		}
		return nil
	})
	return found, err
}

var unescape = strings.NewReplacer(`\'`, `'`, `\"`, `"`, "\\`", "`", `\\`, `\`)

func walk(root string, folders []string, ending string, f func(path string) error) error {
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata"):
				return filepath.SkipDir
			case !d.IsDir() && strings.HasSuffix(path, ending):
				return f(path)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Unnamed are the rows that name nothing, or a test that does not exist, in one
// of the two languages.
func Unnamed(rows []Row, language string, tests map[string]bool) (lines []string) {
	for i := range rows {
		r := &rows[i]
		what, named := r.Go, r.GoTests
		if language == "JavaScript" {
			what, named = r.JS, r.JSTests
		}
		if what == "" {
			lines = append(lines, fmt.Sprintf("line %d: %s does not say what it is in %s", r.Line, r.Name(), language))
		}
		if len(named) == 0 {
			lines = append(lines, fmt.Sprintf("line %d: %s names no test in %s", r.Line, r.Name(), language))
		}
		for _, name := range named {
			if !tests[name] {
				lines = append(lines, fmt.Sprintf("line %d: the test %q of %s does not exist in %s", r.Line, name, r.Name(), language))
			}
		}
	}
	return lines
}
