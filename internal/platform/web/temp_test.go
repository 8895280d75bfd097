package web

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestSweepFiles_removes_what_dead_processes_left_and_nothing_else(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	now := time.Now()
	for name, age := range map[string]time.Duration{"multipart-1": 2 * time.Hour, "multipart-2": time.Minute, "other-3": 2 * time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := SweepFiles(now); err != nil {
		t.Fatal(err)
	}
	var left []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if err != nil || !slices.Equal(left, []string{"multipart-2", "other-3"}) {
		t.Error(left, err)
	}
}
