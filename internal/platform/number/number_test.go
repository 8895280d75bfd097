package number_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lodge/internal/platform/number"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func TestParseLicence_reads_what_people_type(t *testing.T) {
	for typed, want := range map[string]number.Licence{
		"ABC-DEF-GHV":       "ABC-DEF-GHV",
		"000-000-01Y":       "000-000-01Y",
		"ZZZ-ZZZ-ZZ8":       "ZZZ-ZZZ-ZZ8",
		"7K3-MQ2-X9W":       "7K3-MQ2-X9W",
		"102-030-40P":       "102-030-40P",
		"io2 o3o 4op":       "102-030-40P",
		"L02-O3O-4OP":       "102-030-40P",
		"abcdefghv":         "ABC-DEF-GHV",
		" a-b-c - DEF  ghv": "ABC-DEF-GHV",
	} {
		if got, err := number.ParseLicence(typed); err != nil || got != want {
			t.Errorf("%q: got %q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string]error{
		"ABC-DEF-GHW":   number.ErrCheckDigit,
		"BAC-DEF-GHV":   number.ErrCheckDigit,
		"ABC-DEF-GH":    number.ErrMalformed,
		"ABC-DEF-GHVV":  number.ErrMalformed,
		"UBC-DEF-GHV":   number.ErrMalformed,
		"":              number.ErrMalformed,
		"ABC_DEF_GHV":   number.ErrMalformed,
		"ABC-DEF-GHſ":   number.ErrMalformed,
		"102-030-4\x00": number.ErrMalformed,
		"ı02-030-40P":   number.ErrMalformed,
		"ＡBC-DEF-GHV":   number.ErrMalformed,
	} {
		if got, err := number.ParseLicence(typed); !errors.Is(err, want) || got != "" {
			t.Errorf("%q: got %q, %v, want %v", typed, got, err, want)
		}
	}
}

func TestNewLicence_is_random_and_reads_back(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}$`)
	seen := map[number.Licence]bool{}
	for range 2000 {
		n := number.NewLicence()
		if back, err := number.ParseLicence(strings.ToLower(string(n))); err != nil || back != n || !form.MatchString(string(n)) || seen[n] {
			t.Fatalf("%q: %q, %v", n, back, err)
		}
		seen[n] = true
	}
}

func TestParseTicket_reads_what_people_type(t *testing.T) {
	for typed, want := range map[string]string{
		"SR-7K3M-Q2XS":     "SR-7K3M-Q2XS",
		"sr7k3mq2xs":       "SR-7K3M-Q2XS",
		" sr 7k3m - q2xs ": "SR-7K3M-Q2XS",
		"OR-0000-01OX":     "", // its check character is not X
	} {
		got, err := number.ParseTicket(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string]error{
		"SR-7K3M-Q2XT":   number.ErrCheckDigit,
		"SR-K73M-Q2XS":   number.ErrCheckDigit,
		"SR-7K3M-Q2X":    number.ErrMalformed,
		"7K3M-Q2XS":      number.ErrMalformed,
		"S1-7K3M-Q2XS":   number.ErrMalformed,
		"SR-7K3U-Q2XS":   number.ErrMalformed,
		"SR-2024-000117": number.ErrMalformed,
		"ÄR-7K3M-Q2X":    number.ErrMalformed,
		"":               number.ErrMalformed,
	} {
		if got, err := number.ParseTicket(typed); !errors.Is(err, want) || got != "" {
			t.Errorf("%q: got %q, %v, want %v", typed, got, err, want)
		}
	}
}

// The prefixes of licence cases, installation requests and orders hold the very letters that are read as digits behind
// them.
func TestNewTicket_reads_back_under_every_prefix(t *testing.T) {
	for _, prefix := range []string{"SR", "TK", "LC", "IR", "OR"} {
		for range 500 {
			n := number.NewTicket(prefix)
			if len(n) != len("SR-7K3M-Q2XS") || !strings.HasPrefix(n, prefix+"-") {
				t.Fatal(n)
			}
			lookalike := prefix + strings.NewReplacer("0", "o", "1", "l").Replace(n[2:])
			if back, err := number.ParseTicket(lookalike); err != nil || back != n {
				t.Fatalf("%s typed as %s: %s, %v", n, lookalike, back, err)
			}
		}
	}
}

// drawn is a valid number of one of the two kinds, and how it is read.
func drawn(t *rapid.T) (n string, prefix int, parse func(string) error) {
	body := rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 8, 8, -1).Draw(t, "body")
	if rapid.Bool().Draw(t, "licence") {
		// The check character is the one of 32 that passes.
		for _, c := range alphabet {
			if l, err := number.ParseLicence(body + string(c)); err == nil {
				return strings.ReplaceAll(string(l), "-", ""), 0, func(s string) error { _, err := number.ParseLicence(s); return err }
			}
		}
		t.Fatalf("no check character fits %s", body)
	}
	return strings.ReplaceAll(number.NewTicket("SR"), "-", ""), 2, func(s string) error { _, err := number.ParseTicket(s); return err }
}

func TestCheckCharacter_finds_every_single_wrong_character(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, prefix, parse := drawn(t)
		at := rapid.IntRange(prefix, len(n)-1).Draw(t, "at")
		for _, c := range alphabet {
			changed := n[:at] + string(c) + n[at+1:]
			if err := parse(changed); (err == nil) != (changed == n) {
				t.Fatalf("%s for %s: %v", changed, n, err)
			}
		}
	})
}

func TestCheckCharacter_finds_every_swap_of_neighbours_but_0_and_Z(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, prefix, parse := drawn(t)
		for at := prefix; at < len(n)-1; at++ {
			a, b := n[at], n[at+1]
			swapped := n[:at] + string(b) + string(a) + n[at+2:]
			missed := a == b || a == '0' && b == 'Z' || a == 'Z' && b == '0'
			if err := parse(swapped); (err == nil) != missed {
				t.Fatalf("%s for %s: %v", swapped, n, err)
			}
		}
	})
}
