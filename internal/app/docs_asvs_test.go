package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	asvsRow   = regexp.MustCompile(`^\| (V[0-9.]+) \| (\d) \| [^|]+ \| (met|does not apply|not yet): ([^|]+) \|$`)
	testName  = regexp.MustCompile(`\bTest\w+`)
	namedFile = regexp.MustCompile("`((?:internal|docs|assets|cmd|\\.ci)/[^`]+|[A-Z]+\\.md)`")
)

// Every requirement of level 1 and 2 has one row with one of the three answers; what a row names exists, and a met one names something.
func TestDocs_asvs_answers_every_requirement(t *testing.T) {
	ids, err := os.ReadFile("testdata/asvs.txt")
	if err != nil {
		t.Fatal(err)
	}
	waiting := map[string]string{} // id: level
	for line := range strings.Lines(string(ids)) {
		id, level, _ := strings.Cut(strings.TrimSpace(line), " ")
		waiting[id] = level
	}
	if len(waiting) != 253 {
		t.Fatalf("%d requirements", len(waiting))
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs/security/asvs.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := named(t)
	for line := range strings.Lines(string(doc)) {
		if !strings.HasPrefix(line, "| V") {
			continue
		}
		m := asvsRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			t.Errorf("no row of id, level, subject and answer: %s", line)
			continue
		}
		id, level, answer, why := m[1], m[2], m[3], m[4]
		if waiting[id] != level {
			t.Errorf("%s of level %s stands twice or is no requirement", id, level)
		}
		delete(waiting, id)
		tests, files := testName.FindAllString(why, -1), namedFile.FindAllStringSubmatch(why, -1)
		for _, name := range tests {
			if !all.tests[name] {
				t.Errorf("%s: there is no %s", id, name)
			}
		}
		for _, sub := range attackName.FindAllString(why, -1) {
			for _, m := range anyID.FindAllStringSubmatch(sub, -1) {
				if attack := m[1] + "-" + m[2]; all.attacks[attack] == "" && all.accepted[attack] == "" {
					t.Errorf("%s: nothing tests %s", id, attack)
				}
			}
		}
		for _, f := range files {
			if _, err := os.Stat(filepath.Join(root, f[1])); err != nil {
				t.Errorf("%s: there is no %s", id, f[1])
			}
		}
		if answer == "met" && len(tests)+len(files) == 0 {
			t.Errorf("%s is met by nothing that it names", id)
		}
	}
	for id, level := range waiting {
		t.Errorf("%s of level %s has no row", id, level)
	}
}
