package crypt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"lodge/internal/platform/crypt"
)

func makeKeys(t *testing.T) *crypt.Keys {
	t.Helper()
	k, err := crypt.LoadOrMake(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestLoadOrMake_makes_a_private_file_and_reads_it_again(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not", "there", "key")
	made, err := crypt.LoadOrMake(path)
	if err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", p, info.Mode().Perm(), want)
		}
	}
	read, err := crypt.LoadOrMake(path)
	if err != nil {
		t.Fatal(err)
	}
	if read.Fingerprint() != made.Fingerprint() || read.Belongs(made.Fingerprint()) != nil {
		t.Error("read another key than was made")
	}
	if plain, err := read.Open("a", made.Seal("a", []byte("x"))); err != nil || string(plain) != "x" {
		t.Errorf("got %q, %v", plain, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("other files are left behind: %v, %v", left, err)
	}
}

func TestLoadOrMake_gives_nodes_that_start_together_one_key(t *testing.T) {
	for round := range 20 {
		path := filepath.Join(t.TempDir(), "key")
		prints := make([]string, 50)
		var all sync.WaitGroup
		for i := range prints {
			all.Go(func() {
				k, err := crypt.LoadOrMake(path)
				if err != nil {
					t.Errorf("round %d: %v", round, err)
					return
				}
				prints[i] = k.Fingerprint()
			})
		}
		all.Wait()
		for _, p := range prints {
			if p != prints[0] {
				t.Fatalf("round %d: two keys, %s and %s", round, p, prints[0])
			}
		}
	}
}

func TestLoadOrMake_refuses_a_file_that_cannot_be_trusted(t *testing.T) {
	good := filepath.Join(t.TempDir(), "key")
	if _, err := crypt.LoadOrMake(good); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"the_good_one", string(text), 0o600, ""},
		{"the_good_one_edited_on_windows", strings.TrimSpace(string(text)) + "\r\n", 0o400, ""},
		{"empty", "", 0o600, "damaged"},
		{"too_short", string(text[:len(text)-4]), 0o600, "damaged"},
		{"too_long", strings.TrimSpace(string(text)) + "AAAA", 0o600, "damaged"},
		{"without_its_mark", strings.TrimPrefix(string(text), "lodge-key/1 "), 0o600, "damaged"},
		{"garbled", "lodge-key/1 " + strings.Repeat("!", 43), 0o600, "damaged"},
		{"for_the_group", string(text), 0o640, "read by others"},
		{"for_everybody", string(text), 0o604, "read by others"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := crypt.LoadOrMake(path)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q and the path", err, c.want)
			}
			if now, _ := os.ReadFile(path); string(now) != c.text {
				t.Error("the file was changed")
			}
		})
	}
	if _, err := crypt.LoadOrMake(t.TempDir()); err == nil {
		t.Error("a folder passes as a key file")
	}
}

func TestBelongs_refuses_the_key_of_another_database(t *testing.T) {
	a, b := makeKeys(t), makeKeys(t)
	if err := a.Belongs(b.Fingerprint()); err == nil || !strings.Contains(err.Error(), "not the one") {
		t.Errorf("got %v", err)
	}
}

func TestSeal_opens_only_whole_and_for_its_purpose(t *testing.T) {
	k, other := makeKeys(t), makeKeys(t)
	secret := []byte("JBSWY3DPEHPK3PXP")
	sealed := k.Seal("totp anna", secret)
	if bytes.Contains(sealed, secret) {
		t.Fatal("the secret can be read in what was sealed")
	}
	if plain, err := k.Open("totp anna", sealed); err != nil || !bytes.Equal(plain, secret) {
		t.Fatalf("got %q, %v", plain, err)
	}
	if bytes.Equal(sealed, k.Seal("totp anna", secret)) {
		t.Error("sealing twice gives the same bytes")
	}
	refused := func(name string, by *crypt.Keys, purpose string, sealed []byte) {
		if _, err := by.Open(purpose, sealed); !errors.Is(err, crypt.ErrSealed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	refused("another purpose", k, "totp piotr", sealed)
	refused("another key", other, "totp anna", sealed)
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		refused(fmt.Sprintf("byte %d changed", i), k, "totp anna", broken)
		refused(fmt.Sprintf("cut at %d", i), k, "totp anna", sealed[:i])
	}
}

func TestMAC_holds_for_its_key_purpose_and_message(t *testing.T) {
	k, other := makeKeys(t), makeKeys(t)
	mac := k.MAC("cursor", []byte("page 2"))
	if !k.SameMAC("cursor", []byte("page 2"), mac) {
		t.Error("its own is refused")
	}
	if k.SameMAC("code", []byte("page 2"), mac) || k.SameMAC("cursor", []byte("page 3"), mac) || other.SameMAC("cursor", []byte("page 2"), mac) {
		t.Error("a foreign one is taken")
	}
}

// guard: crypt.Keys.String
func TestAttack_OPS_14_a_printed_key_shows_its_fingerprint_only(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	k, err := crypt.LoadOrMake(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "key " + k.Fingerprint()[:8]
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, k); got != want {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
