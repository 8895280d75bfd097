package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lodge/internal/platform/lang"
)

// TestEvents_have_words in every language: the log of an organisation shows no key.
func TestEvents_have_words(t *testing.T) {
	c, err := lang.New(texts()...)
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`EventName\(\) string\s*{ return "([a-z_.]+)" }`)
	seen := 0
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range name.FindAllStringSubmatch(string(b), -1) {
			seen++
			if strings.HasPrefix(m[1], "identity.") || m[1] == "account.primary_chosen" {
				continue // a person's own affairs stand in no organisation's log
			}
			for _, l := range lang.Languages {
				if !c.Has(l, "home.event."+m[1]) {
					t.Errorf("%s: no words for %s", l, m[1])
				}
			}
		}
		return nil
	})
	if err != nil || seen < 20 {
		t.Errorf("%d events seen (%v)", seen, err)
	}
}

// TestRights_have_words: a refusal names the missing right.
func TestRights_have_words(t *testing.T) {
	c, err := lang.New(texts()...)
	if err != nil {
		t.Fatal(err)
	}
	for right := range Roles.All() {
		for _, l := range lang.Languages {
			if !c.Has(l, "app.right."+string(right)) {
				t.Errorf("%s: no words for the right %s", l, right)
			}
		}
	}
}
