package crypt_test

import (
	"regexp"
	"strings"
	"testing"

	"lodge/internal/platform/crypt"
)

func TestToken_is_random_and_stored_as_its_hash(t *testing.T) {
	form := regexp.MustCompile(`^[a-z2-7]{32}$`)
	seen := map[string]bool{}
	for range 1000 {
		clear, hash := crypt.Token()
		if !form.MatchString(clear) || seen[clear] || !crypt.Plausible(clear) {
			t.Fatalf("token %q", clear)
		}
		if hash != crypt.HashToken(clear) || len(hash) != 64 || strings.Contains(hash, clear) {
			t.Fatalf("hash %q", hash)
		}
		seen[clear] = true
	}
	// printf abc | sha256sum
	if got := crypt.HashToken("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Error(got)
	}
}

func TestPlausible_refuses_what_no_token_can_be(t *testing.T) {
	clear, _ := crypt.Token()
	for _, s := range []string{"", " ", "\t\n", "short", clear[:25], clear + " ", " " + clear, clear + "\x00", strings.Repeat("a", 257)} {
		if crypt.Plausible(s) {
			t.Errorf("%q is looked up", s)
		}
	}
	if !crypt.Plausible("lodge_" + clear) {
		t.Error("a token with its prefix is refused")
	}
}
