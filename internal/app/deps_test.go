package app

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDeps_lists_the_modules_in_the_binary: what a change brings into the program is seen in its diff.
func TestDeps_lists_the_modules_in_the_binary(t *testing.T) {
	c := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/lodge")
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	lines = slices.DeleteFunc(slices.Compact(lines), func(l string) bool { return l == "" })
	if len(lines) < 10 {
		t.Fatalf("only %d modules", len(lines))
	}
	golden(t, filepath.Join(root, "deps.txt"), strings.Join(lines, "\n")+"\n")
}
