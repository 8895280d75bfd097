package lang

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
)

// Check compares the languages with each other and the catalogue with the program: root is the repository. It gives a
// sentence for every key that a language lacks or has too much, plural form that the language needs, argument that one
// language has and another has not, key that is used but absent or present but unused, and literal text in a template.
//
// Used is a key that stands whole as a string in a Go file (tests apart) or a template, or that begins with a string
// ending in "_" or "." (or one with %s or %v there) which is completed at run time, or is the subject or text of a letter
// whose kind stands there.
func (c *Catalogue) Check(root fs.FS) []string {
	found := c.compare()
	u, err := uses(root)
	if err != nil {
		return append(found, err.Error())
	}
	found = append(found, u.literals...)
	for _, key := range slices.Sorted(maps.Keys(u.keys)) {
		if !c.Has(Fallback, key) {
			found = append(found, fmt.Sprintf("%s is used in %s but stands in no catalogue", key, u.keys[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.texts[Fallback])) {
		if !u.mentions(key) {
			found = append(found, key+" stands in the catalogue but is used nowhere")
		}
	}
	return found
}

func (c *Catalogue) compare() []string {
	var found []string
	english := c.texts[Fallback]
	for _, l := range Languages {
		for _, key := range slices.Sorted(maps.Keys(c.texts[l])) {
			t := c.texts[l][key]
			en, ok := english[key]
			if !ok {
				found = append(found, fmt.Sprintf("%s: %s is not English", l, key))
				continue
			}
			if t.plural != en.plural {
				found = append(found, fmt.Sprintf("%s: %s counts in one language only", l, key))
			}
			if a, b := t.args(), en.args(); !slices.Equal(a, b) {
				found = append(found, fmt.Sprintf("%s: %s has the arguments %v, in English %v", l, key, a, b))
			}
			if t.plural {
				for _, name := range Forms(l) {
					if _, ok := t.forms[formNames[name]]; !ok {
						found = append(found, fmt.Sprintf("%s: %s lacks the plural form %q", l, key, name))
					}
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(english)) {
			if !c.Has(l, key) {
				found = append(found, fmt.Sprintf("%s: %s is missing", l, key))
			}
		}
	}
	return found
}

// Forms are the plural forms that whole numbers of a language take, and "other", which every text needs.
func Forms(language string) []string {
	seen := map[plural.Form]bool{plural.Other: true}
	for n := range 1000 {
		seen[plural.Cardinal.MatchPlural(tags[language], n, 0, 0, 0, 0)] = true
	}
	var names []string
	for name, form := range formNames {
		if seen[form] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// used is what the program says.
type used struct {
	keys     map[string]string // used as a key, with the file
	strings  map[string]bool   // any string that may be one
	prefixes map[string]bool
	literals []string
}

func (u *used) mentions(key string) bool {
	if u.strings[key] {
		return true
	}
	for i, c := range key {
		if (c == '_' || c == '.') && u.prefixes[key[:i+1]] && i+1 < len(key) {
			return true
		}
	}
	whole, _, letter := cutLast(key) // of a letter, subject and text stand under its kind
	return letter && u.strings[whole]
}

// cutLast takes the last word off a key: "account.mail.invitation.subject" is two texts of one kind.
func cutLast(key string) (whole, last string, ok bool) {
	i := strings.LastIndexByte(key, '.')
	if i < 0 {
		return key, "", false
	}
	last = key[i+1:]
	return key[:i], last, last == "subject" || last == "text"
}

// note takes a string in; key says that it stands where only a key can.
func (u *used) note(s, file string, key bool) {
	if head, _, verb := strings.Cut(s, "%"); verb && looksLikeKey(head+"x") {
		u.prefixes[head] = true
		return
	}
	if !looksLikeKey(s) {
		if strings.HasSuffix(s, "_") || strings.HasSuffix(s, ".") {
			u.prefixes[s] = true
		}
		return
	}
	u.strings[s] = true
	if strings.HasSuffix(s, "_") {
		u.prefixes[s] = true
		return
	}
	if key {
		u.keys[s] = file
	}
}

func looksLikeKey(s string) bool {
	dot := strings.IndexByte(s, '.')
	if dot < 1 || strings.HasSuffix(s, ".") {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

var skipped = []string{".git", "node_modules", "dist", "testdata", "var", "bin"}

func uses(root fs.FS) (*used, error) {
	u := &used{keys: map[string]string{}, strings: map[string]bool{}, prefixes: map[string]bool{}}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(skipped, path.Base(name)) {
				return fs.SkipDir
			}
			return nil
		}
		read := u.goFile
		switch {
		case strings.HasSuffix(name, ".tmpl"):
			read = u.template
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return read(name, string(b))
	})
	return u, err
}
