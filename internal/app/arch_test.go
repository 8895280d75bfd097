package app

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// levels say who may import whom: a package imports those of its own row to the left and of all rows above; nothing else.
// Within a row only what the second column of allowed names.
var levels = [][]string{
	{"identity"},
	{"account"},
	{"partner", "product", "contract", "ticket", "token", "openid", "federation"},
	{"licence", "release", "subscription"},
	{"support", "provision"},
	{"home", "importer", "search"},
	{"isolation", "backup"},
	{"app"},
}

// TestArch_imports_go_down_only reads what each package really imports.
func TestArch_imports_go_down_only(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "lodge/internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	level := map[string]int{}
	for n, row := range levels {
		for _, name := range row {
			level[name] = n
		}
	}
	found := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := fields[0]
		for _, to := range fields[1:] {
			rest, ours := strings.CutPrefix(to, "lodge/internal/")
			if !ours {
				continue
			}
			fromRest := strings.TrimPrefix(from, "lodge/internal/")
			a, b := strings.Split(fromRest, "/")[0], strings.Split(rest, "/")[0]
			switch {
			case a == "platform" && b != "platform" && !(strings.HasSuffix(from, "storetest") && b == "schema"):
				t.Errorf("%s knows the business: it imports %s", from, to)
			case b == "platform" || b == "schema" || a == b || a == "worldtest":
			case a == "schema":
				t.Errorf("%s imports %s", from, to)
			default:
				if _, known := level[b]; !known {
					t.Errorf("%s imports %s, which stands on no level", from, to)
				} else if level[b] >= level[a] && !(a == "contract" && b == "product") {
					t.Errorf("%s must not import %s: imports go down only", from, to)
				}
			}
			found++
		}
	}
	if found < 20 {
		t.Errorf("only %d imports seen: the test does not look", found)
	}
}

// TestArch_engines_stay_in_the_store: nobody else knows which database runs.
func TestArch_engines_stay_in_the_store(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "lodge/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if slices.Contains([]string{"lodge/internal/platform/store", "lodge/internal/platform/job"}, fields[0]) {
			continue
		}
		for _, to := range fields[1:] {
			if strings.Contains(to, "jackc/pgx") || strings.Contains(to, "modernc.org/sqlite") || strings.Contains(to, "riverqueue") {
				t.Errorf("%s imports %s", fields[0], to)
			}
		}
	}
}
