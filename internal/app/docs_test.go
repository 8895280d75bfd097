package app

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

var (
	// Several ids follow each other in a name: Attack_ACC_01_ACC_02, INV_30_INV_37.
	attackName = regexp.MustCompile(`Attack_([A-Z]+_\d+(?:_(?:Attack_)?[A-Z]+_\d+)*)`)
	acceptName = regexp.MustCompile(`(?:^|Test|[^A-Za-z0-9])(AC|INV)_(\d+)`)
	anyID      = regexp.MustCompile(`([A-Z]+)_(\d+)`)
	tableRow   = regexp.MustCompile(`^\| ([A-Z0-9]+-\d+) \| (.*) \|$`)
)

// proofs are the ids that names of tests carry, each with the place of the first, and the names of all test functions.
type proofs struct {
	attacks, accepted map[string]string
	tests             map[string]bool
}

// add takes the ids out of a name: of a test function, of a subtest, of a script. What is only said in a comment is not tested.
func (p proofs) add(name, place string) {
	first := func(to map[string]string, id string) {
		if _, ok := to[id]; !ok {
			to[id] = place
		}
	}
	for _, m := range attackName.FindAllStringSubmatch(name, -1) {
		for _, id := range anyID.FindAllStringSubmatch(m[1], -1) {
			if id[1] != "AC" && id[1] != "INV" {
				first(p.attacks, id[1]+"-"+id[2])
			}
		}
	}
	for _, m := range acceptName.FindAllStringSubmatch(name, -1) {
		first(p.accepted, m[1]+"-"+m[2])
	}
}

// source reads a file of tests: its functions, and its strings, of which names of subtests and tables of them are made.
func (p proofs) source(path, place string, src any) error {
	f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && strings.HasPrefix(n.Name.Name, "Test") {
				p.tests[n.Name.Name] = true
				p.add(n.Name.Name, place)
			}
		case *ast.BasicLit:
			if name, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
				p.add(name, place)
			}
		}
		return true
	})
	return nil
}

// named walks all tests.
func named(t *testing.T) proofs {
	t.Helper()
	p := proofs{map[string]string{}, map[string]string{}, map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		place := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), root+string(filepath.Separator)))
		switch {
		case strings.HasSuffix(path, "docs_test.go"): // talks of ids
			return nil
		case strings.HasSuffix(path, "_test.go"):
			return p.source(path, place, nil)
		case strings.HasSuffix(path, ".txtar"): // a subtest of its file's name
			p.add(strings.TrimSuffix(d.Name(), ".txtar"), place)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDocs_ids_count_in_names_only_and_all_of_a_name_count(t *testing.T) {
	p := proofs{map[string]string{}, map[string]string{}, map[string]bool{}}
	err := p.source("some_test.go", "here", `package some
// TestAttack_OPS_01: AC_01 is said here.
func TestAttack_ACC_02_ACC_03_INV_30_INV_37_all_hold(t *testing.T) {
	t.Run("Attack_ID_31_Attack_ID_32", nil) // Attack_OPS_02 and INV_02 are only spoken of
	for _, c := range []string{"AC_05_is a name of a table", "MAC_06"} {}
}
func TestAC_07_Attack_IMP_03_both(t *testing.T) {}
func helper_AC_08() {}`)
	if err != nil {
		t.Fatal(err)
	}
	p.add("Attack_OPS_18_wrong_configuration", "there")
	ids := func(m map[string]string) string { return strings.Join(slices.Sorted(maps.Keys(m)), " ") }
	if got := ids(p.attacks); got != "ACC-02 ACC-03 ID-31 ID-32 IMP-03 OPS-18" {
		t.Errorf("attacks %s", got)
	}
	if got := ids(p.accepted); got != "AC-05 AC-07 INV-30 INV-37" {
		t.Errorf("accepted %s", got)
	}
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
	attacks := named(t).attacks
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
	all := named(t)
	accepted, tests := all.accepted, all.tests
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
