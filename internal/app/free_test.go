package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFree_each_write_without_a_key_has_its_reason: who says store.Free says why in a comment beside it, and stands in a
// golden list. A rule over several rows has no place there.
func TestFree_each_write_without_a_key_has_its_reason(t *testing.T) {
	reason := regexp.MustCompile(`Free: ([^\n]+)`)
	var list []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "storetest" || d.Name() == "worldtest" || d.Name() == "testdata") {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		why := map[int]string{} // by the line on which the comment ends
		for _, g := range f.Comments {
			if m := reason.FindStringSubmatch(strings.ReplaceAll(g.Text(), "\n", " ")); m != nil {
				why[set.Position(g.End()).Line] = strings.TrimSpace(m[1])
			}
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok || sel.Sel.Name != "Free" {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); !ok || x.Name != "store" {
					return true
				}
				line := set.Position(sel.Pos()).Line
				said := why[line]
				if said == "" {
					said = why[line-1]
				}
				if said == "" {
					t.Errorf("%s:%d: store.Free without a reason beside it", path, line)
				}
				list = append(list, strings.TrimPrefix(filepath.ToSlash(path), "../")+" "+fn.Name.Name+": "+said)
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/free.txt", strings.Join(list, "\n")+"\n")
}
