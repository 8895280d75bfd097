package release

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lodge/internal/product"
)

func TestSortKey_orders_versions_as_people_read_them(t *testing.T) {
	for scheme, ordered := range map[string][]string{
		product.Natural:       {"2024 beta 2", "2024", "2024 SP3", "2024 SP10", "2024.1", "2025"},
		"natural, with signs": {"v8.2.4", "8.3.0-rc1", "8.3.0-RC2", "8.3.0", "8.3.0-hf2", "8.3.0-hf10", "8.3.1", "8.10", "10.0", "100000000000000000000000.1"},
		product.SemVer:        {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0", "2.0.0"},
	} {
		scheme, _, _ := strings.Cut(scheme, ",")
		shuffled := slices.Clone(ordered)
		rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		slices.SortFunc(shuffled, func(a, b string) int { return strings.Compare(SortKey(scheme, a), SortKey(scheme, b)) })
		if !slices.Equal(shuffled, ordered) {
			t.Errorf("%s: %q, want %q", scheme, shuffled, ordered)
		}
	}
	if SortKey(product.Natural, "8.03") != SortKey(product.Natural, "8.3") || SortKey(product.SemVer, "1.0.0+build.5") != SortKey(product.SemVer, "1.0.0") {
		t.Error("leading zeros and what follows a plus have no meaning")
	}
}

func TestIsSemVer_is_the_grammar_of_semver_org(t *testing.T) {
	for name, want := range map[string]bool{"1.0.0": true, "v1.2.3": true, "1.0.0-rc.1+b": true, "1.0": false, "01.0.0": false, "1.0.0-01": false, "1.0.0-": false, "2024 SP3": false, "": false} {
		if IsSemVer(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func FuzzSortKey(f *testing.F) {
	f.Add("8.3")
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || strings.Trim(s, "0123456789.") != "" || strings.Contains(s, "..") || s[0] == '.' || s[len(s)-1] == '.' {
			t.Skip()
		}
		before, it, hot, after := SortKey(product.Natural, s+"-rc1"), SortKey(product.Natural, s), SortKey(product.Natural, s+"-hf1"), SortKey(product.Natural, s+".1")
		if before >= it || it >= hot || hot >= after {
			t.Errorf("%q: %q %q %q %q", s, before, it, hot, after)
		}
	})
}
