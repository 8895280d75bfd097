package lang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// keyArg is which argument of a call is a key of the catalogue.
var keyArg = map[string]int{"fault.New": 1, "fault.Msg": 0, "web.Say": 0, "Say": 0, "Need": 2, "T": 0}

// keyField are the fields of a literal that hold a key, by the literal's type.
var keyField = map[string]string{"Page": "Title", "Message": "Key"}

// goFile notes every string of a Go file, and which of them stand where a key must.
func (u *used) goFile(name, source string) error {
	f, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			if n.Tag != nil { // a struct tag is no text
				n.Tag = nil
			}
		case *ast.BasicLit:
			if s, ok := literal(n); ok {
				u.note(s, name, false)
			}
		case *ast.CallExpr:
			i, ok := keyArg[callee(n.Fun)]
			if ok && i < len(n.Args) {
				if s, ok := literal(n.Args[i]); ok {
					u.note(s, name, true)
				}
			}
		case *ast.CompositeLit:
			u.composite(n, name)
		}
		return true
	})
	return nil
}

func (u *used) composite(n *ast.CompositeLit, file string) {
	for _, e := range n.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := pair.Key.(*ast.Ident)
		if !ok || keyField[typeName(n.Type)] != key.Name {
			continue
		}
		if s, ok := literal(pair.Value); ok {
			u.note(s, file, true)
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// callee is "pkg.Name", or "Name" for a function of the package and for a method whose receiver is no package known here.
func callee(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			if _, known := keyArg[x.Name+"."+e.Sel.Name]; known {
				return x.Name + "." + e.Sel.Name
			}
		}
		return e.Sel.Name
	}
	return ""
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr: // web.Page[form]
		return typeName(e.X)
	}
	return ""
}

var (
	action    = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	keyCall   = regexp.MustCompile(`(?:^|[\s({-])t\s+("(?:[^"\\]|\\.)*")`)
	readAloud = []string{"placeholder", "aria-label", "title", "alt", "data-l", "label"}
)

// template notes the strings inside {{ }}, and reports text outside that a person would read.
func (u *used) template(name, source string) error {
	for _, a := range action.FindAllString(source, -1) {
		for _, q := range quoted.FindAllString(a, -1) {
			if s, err := strconv.Unquote(q); err == nil {
				u.note(s, name, false)
			}
		}
		for _, m := range keyCall.FindAllStringSubmatch(a, -1) {
			if s, err := strconv.Unquote(m[1]); err == nil {
				u.note(s, name, true)
			}
		}
	}
	z := html.NewTokenizer(strings.NewReader(action.ReplaceAllString(source, "\x01")))
	inside := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return nil
		case html.StartTagToken:
			t := z.Token()
			inside = t.Data
			u.attributes(name, t)
		case html.SelfClosingTagToken:
			u.attributes(name, z.Token())
		case html.EndTagToken:
			inside = ""
		case html.TextToken:
			if s := z.Token().Data; inside != "style" && inside != "script" && speaks(s) {
				u.literals = append(u.literals, fmt.Sprintf("%s: the text %q is not translated", name, strings.TrimSpace(s)))
			}
		}
	}
}

func (u *used) attributes(name string, t html.Token) {
	for _, a := range t.Attr {
		if slices.Contains(readAloud, a.Key) && speaks(a.Val) {
			u.literals = append(u.literals, fmt.Sprintf("%s: the attribute %s=%q is not translated", name, a.Key, a.Val))
		}
	}
}

// speaks tells whether there is a word in it: two letters beside each other.
func speaks(s string) bool {
	letters := 0
	for _, c := range s {
		if !unicode.IsLetter(c) {
			letters = 0
			continue
		}
		if letters++; letters == 2 {
			return true
		}
	}
	return false
}
