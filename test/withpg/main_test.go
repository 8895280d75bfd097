package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMissing_is_said_of_what_the_command_needs(t *testing.T) {
	all, one := []string{"go", "test", "./..."}, []string{"go", "test", "./internal/ticket"}
	for _, c := range []struct {
		has     installed
		command []string
		says    string
	}{
		{installed{true, true, true}, all, ""}, {installed{false, true, true}, all, "PostgreSQL"}, {installed{true, false, true}, all, "Chromium"},
		{installed{true, true, false}, all, "PgBouncer"}, {installed{}, all, "PostgreSQL PgBouncer Chromium"},
		{installed{postgres: true}, one, ""}, {installed{}, one, "PostgreSQL"}, {installed{postgres: true}, []string{"go", "test", "./test/browser"}, "Chromium"},
	} {
		var said []string
		for _, l := range missing(c.has, c.command) {
			said = append(said, strings.Fields(l)[0])
		}
		if got := strings.Join(said, " "); got != c.says {
			t.Errorf("%+v, %v: says %q, want %q", c.has, c.command, got, c.says)
		}
	}
}

// A machine without a Chromium: nothing is in its PATH.
func TestRun_says_before_and_after_what_is_not_there(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "withpg")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	echo, err := exec.LookPath("echo")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bin, echo, "ran", "./...")
	c.Env = []string{"PATH=" + t.TempDir()}
	out, err := c.CombinedOutput()
	before, after, ran := strings.Cut(string(out), "ran ./...")
	if err != nil || !ran || !strings.Contains(before, "*** Chromium is not installed") || !strings.Contains(after, "*** Chromium is not installed") {
		t.Errorf("%v: %s", err, out)
	}
	c = exec.Command(bin, echo, "ran", "./...")
	c.Env = []string{"PATH=" + t.TempDir(), "CI=true"}
	if out, err := c.CombinedOutput(); err == nil || strings.Contains(string(out), "ran") {
		t.Errorf("in CI: %s", out)
	}
}
