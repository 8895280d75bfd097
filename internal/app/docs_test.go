package app

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var (
	attackName = regexp.MustCompile(`Attack_([A-Z]+)_(\d+)`)
	acceptName = regexp.MustCompile(`\b\w*?(AC|INV)_(\d+)`)
	testName   = regexp.MustCompile(`func (Test\w+)\(`)
	tableRow   = regexp.MustCompile(`^\| ([A-Z0-9]+-\d+) \| (.*) \|$`)
)

// named walks all tests and gives the ids in their names with the place of the first, and all names of tests.
func named(t *testing.T) (attacks, accepted map[string]string, tests map[string]bool) {
	t.Helper()
	attacks, accepted, tests = map[string]string{}, map[string]string{}, map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, ".txtar") || strings.HasSuffix(path, "docs_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		place := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), root+string(filepath.Separator)))
		add := func(to map[string]string, id string) {
			if _, ok := to[id]; !ok {
				to[id] = place
			}
		}
		for _, m := range attackName.FindAllStringSubmatch(string(b), -1) {
			add(attacks, m[1]+"-"+m[2])
		}
		for _, m := range acceptName.FindAllStringSubmatch(string(b), -1) {
			add(accepted, m[1]+"-"+m[2])
		}
		for _, m := range testName.FindAllStringSubmatch(string(b), -1) {
			tests[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return attacks, accepted, tests
}

// rows changes the rows of a table by f, or compares them with what f says.
func rows(t *testing.T, file string, f func(id, status string) string) (seen map[string]bool) {
	t.Helper()
	path := filepath.Join(root, file)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen = map[string]bool{}
	lines := strings.Split(string(b), "\n")
	for i, line := range lines {
		m := tableRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if seen[m[1]] {
			t.Errorf("%s: %s stands twice", file, m[1])
		}
		seen[m[1]] = true
		if want := f(m[1], m[2]); want != m[2] {
			if !*update {
				t.Errorf("%s: %s says %q, but the tests say %q", file, m[1], m[2], want)
			}
			lines[i] = fmt.Sprintf("| %s | %s |", m[1], want)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return seen
}

func TestDocs_attacks_are_tested_or_waiting(t *testing.T) {
	attacks, _, _ := named(t)
	seen := rows(t, "docs/security/attacks.md", func(id, status string) string {
		_, tested := attacks[id]
		switch {
		case tested && !strings.HasPrefix(status, "tested"):
			return "tested"
		case !tested && strings.HasPrefix(status, "tested"):
			return "waiting: a test"
		}
		return status
	})
	for id, place := range attacks {
		if !seen[id] {
			t.Errorf("%s tests %s, which the table does not know", place, id)
		}
	}
	if len(seen) < 300 {
		t.Errorf("only %d cases in the table", len(seen))
	}
}

func TestDocs_capabilities_are_proved_or_waiting(t *testing.T) {
	_, accepted, tests := named(t)
	seen := rows(t, "docs/capabilities.md", func(id, status string) string {
		if strings.HasPrefix(id, "S") { // by hand: the name of a test, or waiting
			if status != "waiting" && !strings.HasPrefix(status, "waiting:") {
				for _, name := range regexp.MustCompile(`Test\w+`).FindAllString(status, -1) {
					if !tests[name] {
						t.Errorf("%s: there is no %s", id, name)
					}
				}
				if !strings.Contains(status, "Test") {
					t.Errorf("%s names no test: %q", id, status)
				}
			}
			return status
		}
		place, proved := accepted[id]
		switch {
		case proved && !strings.Contains(status, place):
			return fmt.Sprintf("`%s` in %s", strings.ReplaceAll(id, "-", "_"), place)
		case !proved && !strings.HasPrefix(status, "waiting"):
			return "waiting"
		}
		return status
	})
	for id, place := range accepted {
		if !seen[id] {
			t.Errorf("%s tests %s, which the table does not know", place, id)
		}
	}
	if len(seen) < 300 {
		t.Errorf("only %d rows", len(seen))
	}
}

// TestDocs_dependencies: every module that a package of ours imports has its line with a reason, and no other has.
func TestDocs_dependencies_have_a_reason(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "docs/dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for line := range strings.Lines(string(mod)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") && strings.Contains(fields[0], ".") {
			direct = append(direct, fields[0])
		}
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.+) \\|$")
	var argued []string
	for _, m := range row.FindAllStringSubmatch(string(b), -1) {
		argued = append(argued, m[1])
	}
	for _, m := range direct {
		if !slices.Contains(argued, m) {
			t.Errorf("docs/dependencies.md has no line for %s", m)
		}
	}
	for _, m := range argued {
		if !slices.Contains(direct, m) && strings.Contains(m, "/") && !strings.HasPrefix(m, "npm:") {
			t.Errorf("docs/dependencies.md argues for %s, which nothing imports", m)
		}
	}
}
