package release

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// What stands in a sort key before the parts of a version, in the order of the natural scheme: 8.3-rc1, 8.3, 8.3-hf1, 8.3.1.
const (
	rankBefore = "1"
	rankEnd    = "2"
	rankWord   = "3"
	rankNumber = "4"
)

// before are the words of a version that comes before the one without it.
var before = map[string]bool{"a": true, "alpha": true, "b": true, "beta": true, "dev": true, "m": true, "milestone": true, "nightly": true, "pre": true,
	"preview": true, "rc": true, "cr": true, "snapshot": true, "ea": true}

// SortKey is a text whose byte order is the order of versions. A name that is no semantic version sorts naturally in either scheme.
func SortKey(scheme, name string) string {
	if m := semver.FindStringSubmatch(name); scheme == product.SemVer && m != nil {
		return semKey(m)
	}
	return naturalKey(name)
}

// OnProduct sorts a product's releases anew after its scheme has changed: a step.
func (s *Releases) OnProduct(tx *store.Tx, _ who.Actor, _ string, e event.Event) error {
	changed := e.(product.Changed)
	if changed.Before.Scheme == changed.After.Scheme {
		return nil
	}
	all, err := store.Query[struct{ ID, Name string }](tx, selectNames, changed.Product)
	for _, r := range all {
		if err == nil {
			_, err = tx.Exec(updateSortKey, r.ID, SortKey(changed.After.Scheme, r.Name))
		}
	}
	return err
}

// naturalKey takes runs of digits as numbers and runs of letters as words; all else only separates.
func naturalKey(name string) string {
	var b strings.Builder
	runes := []rune(Key(name))
	for i := 0; i < len(runes); {
		from := i
		switch {
		case digit(runes[i]):
			for i < len(runes) && digit(runes[i]) {
				i++
			}
			b.WriteString(rankNumber + numberKey(string(runes[from:i])))
		case unicode.IsLetter(runes[i]):
			for i < len(runes) && unicode.IsLetter(runes[i]) {
				i++
			}
			word := string(runes[from:i])
			if word == "v" && from == 0 {
				continue // v8.3 is 8.3
			}
			rank := rankWord
			if before[word] {
				rank = rankBefore
			}
			b.WriteString(rank + word + "\x01")
		default:
			i++
		}
	}
	return b.String() + rankEnd
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

// numberKey orders numbers of any length: how many digits, then the digits.
func numberKey(digits string) string {
	digits = strings.TrimLeft(digits, "0")
	return fmt.Sprintf("%03d%s", len(digits), digits)
}

// semver is the grammar of semver.org, without what follows a plus.
var semver = regexp.MustCompile(`^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-.]+)?$`)

// IsSemVer tells whether a name is a semantic version.
func IsSemVer(name string) bool { return semver.MatchString(name) }

// semKey: numbers below words, fewer parts below more, no pre-release above any.
func semKey(m []string) string {
	var b strings.Builder
	for _, n := range m[1:4] {
		b.WriteString(rankNumber + numberKey(n))
	}
	if m[4] == "" {
		return b.String() + "9"
	}
	b.WriteString("1")
	for part := range strings.SplitSeq(m[4], ".") {
		if strings.Trim(part, "0123456789") == "" {
			b.WriteString("1" + numberKey(part))
		} else {
			b.WriteString("2" + part + "\x01")
		}
	}
	return b.String() + "0"
}
