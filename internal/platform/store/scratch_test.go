package store

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestScratch_keeps_what_was_set_last_and_leaves_no_file(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SQLITE_TMPDIR", dir)
	s, err := OpenScratch()
	if err != nil {
		t.Fatal(err)
	}
	var all []Pair
	long := strings.Repeat("x", 500)
	for i := range 50_000 { // more than the cache holds
		all = append(all, Pair{fmt.Sprintf("a/%06d", i), []byte(fmt.Sprint(i, long))})
	}
	s.Set(all...)
	s.Set(Pair{"a/000007", []byte("seven")}, Pair{"b/1", []byte{}})
	for key, want := range map[string]string{"a/000007": "seven", "a/049999": fmt.Sprint(49_999, long), "b/1": ""} {
		if v, ok := s.Get(key); !ok || string(v) != want {
			t.Errorf("%s: %v %.20q", key, ok, v)
		}
	}
	for _, key := range []string{"a/050000", "a/", "", "c"} {
		if v, ok := s.Get(key); ok {
			t.Errorf("%s is there: %q", key, v)
		}
	}
	n, last := 0, ""
	err = s.Each(t.Context(), "a/", func(key string, _ []byte) error {
		if key <= last {
			t.Fatalf("%s comes after %s", key, last)
		}
		n, last = n+1, key
		return nil
	})
	if err != nil || n != 50_000 {
		t.Error(n, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, ok := s.Get("a/000007"); ok || s.Err() == nil {
		t.Error("a closed one says nothing of it")
	}
}
