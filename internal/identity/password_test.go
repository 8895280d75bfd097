package identity_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
)

// keyOf is the message at the field for a password, "" if it may be set.
func keyOf(t *testing.T, r identity.PasswordRule, password string) string {
	t.Helper()
	var c fault.Check
	if err := r.Need(&c, "password", password, "anna.wojcik@xn--uraw-99a.example", "Żuraw & Synowie Sp. z o.o.", ""); err != nil {
		t.Fatal(err)
	}
	if c.Err() == nil {
		return ""
	}
	return fault.Of(c.Err()).At("password").Key
}

// guard: identity.PasswordRule.Need
func TestAttack_ID_37_the_password_rule(t *testing.T) {
	for _, c := range []struct{ name, password, want string }{
		{"twelve_characters", "abcdefghijkl", ""},
		{"eleven", "abcdefghijk", "identity.password_short"},
		{"eleven_that_are_twelve_before_NFC", "abcdefghijo\u0301", "identity.password_short"},
		{"twelve_in_other_letters", "żółćżółćżółć", ""},
		{"eleven_of_many_bytes", strings.Repeat("🔑", 11), "identity.password_short"},
		{"blanks_count", "            ", ""},
		{"empty", "", "identity.password_short"},
		{"256_bytes", strings.Repeat("ż", 128), ""},
		{"256_bytes_after_NFC", strings.Repeat("z\u0307", 128), ""},
		{"257_bytes", strings.Repeat("ż", 128) + "a", "identity.password_long"},
		{"a_megabyte", strings.Repeat("a", 1<<20), "identity.password_long"},
		{"not_UTF_8", "abcdefghijkl\xff", "identity.password_unreadable"},
		{"the_address", "Anna.Wojcik@xn--uraw-99a.example", "identity.password_is_email"},
		{"the_address_as_it_is_shown", "anna.wojcik@ŻURAW.example", "identity.password_is_email"},
		{"its_first_part", "Anna-WOJCIK!!", "identity.password_is_email"},
		{"the_company", "ŻURAW I SYNOWIE SP ZOO", ""},
		{"the_company_in_small_letters", "żuraw synowie sp.z o.o.", "identity.password_is_company"},
		{"the_company_and_more", "żuraw synowie sp.z o.o. 7", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := keyOf(t, identity.PasswordRule{}, c.password); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// list writes a block list of n made-up passwords and those given, sorted, and opens it.
func list(t *testing.T, n int, form func(hash string, i int) string, given ...string) (*identity.Leaked, string) {
	t.Helper()
	for i := range n {
		given = append(given, fmt.Sprintf("made up %d", i))
	}
	var lines []string
	for i, p := range given {
		sum := sha1.Sum([]byte(p))
		lines = append(lines, form(hex.EncodeToString(sum[:]), i))
	}
	slices.Sort(lines)
	path := filepath.Join(t.TempDir(), "leaked.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := identity.OpenLeaked(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, path
}

// guard: identity.Leaked.Has
func TestAttack_ID_37_a_leaked_password_is_refused(t *testing.T) {
	for name, form := range map[string]func(string, int) string{
		"hash_only":          func(h string, _ int) string { return h + "\n" },
		"upper_case":         func(h string, _ int) string { return strings.ToUpper(h) + "\n" },
		"with_counts":        func(h string, i int) string { return fmt.Sprintf("%s:%d\n", strings.ToUpper(h), i*i*i) },
		"lines_of_windows":   func(h string, i int) string { return fmt.Sprintf("%s:%d\r\n", strings.ToUpper(h), i) },
		"without_a_last_end": func(h string, _ int) string { return h + "\n" },
	} {
		for _, n := range []int{0, 1, 2, 3, 1000} {
			l, path := list(t, n, form, "correct horse battery", "zażółć gęślą jaźń")
			if name == "without_a_last_end" {
				text, _ := os.ReadFile(path)
				if err := os.WriteFile(path, []byte(strings.TrimRight(string(text), "\n")), 0o600); err != nil {
					t.Fatal(err)
				}
				var err error
				if l, err = identity.OpenLeaked(path); err != nil {
					t.Fatal(err)
				}
			}
			r := identity.PasswordRule{Leaked: l}
			for _, p := range []string{"correct horse battery", "zażółć gęślą jaźń", "zaz\u0307ółć gęślą jaźń"} {
				if got := keyOf(t, r, p); got != "identity.password_leaked" {
					t.Errorf("%s, %d: %q: got %q", name, n, p, got)
				}
			}
			for i := range n {
				if leaked, err := l.Has(fmt.Sprintf("made up %d", i)); err != nil || !leaked {
					t.Errorf("%s, %d: line %d is not found: %v", name, n, i, err)
				}
				if leaked, err := l.Has(fmt.Sprintf("not made up %d", i)); err != nil || leaked {
					t.Errorf("%s, %d: %d is found: %v", name, n, i, err)
				}
			}
			if got := keyOf(t, r, "a password of nobody"); got != "" {
				t.Errorf("%s, %d: got %q", name, n, got)
			}
		}
	}
}

// guard: identity.OpenLeaked
func TestAttack_ID_37_a_block_list_that_cannot_be_used_stops_the_start(t *testing.T) {
	const a, b = "0000000000000000000000000000000000000001", "F000000000000000000000000000000000000002"
	for name, c := range map[string]struct{ text, want string }{
		"sorted":         {a + "\n" + b + "\n", ""},
		"not_sorted":     {b + "\n" + a + "\n", "not sorted"},
		"empty":          {"", "empty"},
		"other_text":     {"hunter2\nswordfish\n", "no SHA-1"},
		"other_hashes":   {strings.Repeat("0", 64) + "\n", "no SHA-1"},
		"one_long_line":  {strings.Repeat("0", 5000) + "\n", "too long"},
		"last_line_long": {a + "\n" + strings.Repeat("F", 5000), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "leaked.txt")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := identity.OpenLeaked(path)
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				l.Close()
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "absent"), t.TempDir()} {
		if _, err := identity.OpenLeaked(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	}
}

// guard: identity.Leaked.Has
func TestAttack_ID_37_a_list_that_can_no_longer_be_read_is_no_yes(t *testing.T) {
	l, _ := list(t, 10, func(h string, _ int) string { return h + "\n" })
	l.Close()
	var c fault.Check
	if err := (identity.PasswordRule{Leaked: l}).Need(&c, "password", "a password of nobody", "ann@example.test"); err == nil {
		t.Error("the check passes without its list")
	}
}

func TestTexts_are_there_in_every_language(t *testing.T) {
	c, err := lang.New(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lang.Languages {
		for _, key := range []string{
			identity.EmailInvalid, identity.EmailLookalike, "identity.password_short", "identity.password_long", "identity.password_unreadable",
			"identity.password_is_email", "identity.password_is_company", "identity.password_leaked",
		} {
			if !c.Has(l, key) {
				t.Errorf("%s has no %s", l, key)
			}
		}
	}
}
