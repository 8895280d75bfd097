package crypt_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lodge/internal/platform/crypt"
)

// Two operators, or one and a portal: each process looks at the file once a second, and decides by what stands in it.
func TestRetire_and_Rotate_lose_no_key_that_another_process_has_just_made(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	one, err := crypt.LoadOrMake(path)
	if err != nil {
		t.Fatal(err)
	}
	old := one.Seal("a", []byte("x")) // has looked at the file
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := crypt.Load(path)
	if err == nil {
		err = other.Rotate()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Rotate(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), "\n") != 2 {
		t.Errorf("a change that another process began is begun again: %d lines (%v)", strings.Count(string(text), "\n"), err)
	}

	if err := os.WriteFile(path, first, 0o600); err != nil {
		t.Fatal(err)
	}
	late, err := crypt.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	late.Fingerprint() // knows the first key alone
	if err := other.Rotate(); err != nil {
		t.Fatal(err)
	}
	kept, err := late.Retire()
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v (%v)", kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || string(text) != string(first) {
		t.Errorf("the key that was retired is not kept: %v", err)
	}
	if info, err := os.Stat(kept[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it is %v (%v)", info.Mode(), err)
	}
	if _, err := late.Open("a", old); err == nil {
		t.Error("a retired key still opens")
	}
}

func TestReseal_changes_only_what_an_older_key_sealed(t *testing.T) {
	k := makeKeys(t)
	old := k.Seal("a", []byte("x"))
	if same, changed, err := k.Reseal("a", old); err != nil || changed || string(same) != string(old) {
		t.Errorf("with one key: %v, %v", changed, err)
	}
	if err := k.Rotate(); err != nil {
		t.Fatal(err)
	}
	again, changed, err := k.Reseal("a", old)
	if err != nil || !changed {
		t.Fatalf("%v, %v", changed, err)
	}
	if _, _, err := k.Reseal("b", old); err == nil {
		t.Error("another purpose opens")
	}
	if _, err := k.Retire(); err != nil {
		t.Fatal(err)
	}
	if plain, err := k.Open("a", again); err != nil || string(plain) != "x" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, err := k.Open("a", old); err == nil {
		t.Error("the old key still opens")
	}
}

func TestHold_lets_one_process_change_the_file(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := crypt.LoadOrMake(path); err != nil {
		t.Fatal(err)
	}
	one, err := crypt.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	two, err := crypt.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	release, err := one.Hold()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Hold(); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("two change it at once: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if again, err := two.Hold(); err != nil {
		t.Errorf("it stays held: %v", err)
	} else if err := again(); err != nil {
		t.Error(err)
	}
}
