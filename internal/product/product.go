package product

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
)

// Products are the use cases of products.
type Products struct {
	Store  *store.DB
	Events *event.Log
}

// States of a product.
const (
	Active  = "active"
	Retired = "retired" // stays with those who have it
)

// Product is one thing the vendor makes.
type Product struct {
	ID        string
	Code      string // as the vendor writes it: CAL-PRO
	Slug      string // in addresses; never changes
	Name      string
	Status    string
	PortalURL string // where its licences are managed, if elsewhere; '' = here
	Version   int64
	Scheme    string // how its versions sort: Natural or SemVer
	Free      bool   // its releases need no support
	Signed    bool   // its releases are published only when every file is signed
}

// Schemes of versions.
const (
	Natural = "natural" // 2024 SP3 after 2024, 8.3.0-hf2 after 8.3.0
	SemVer  = "semver"  // semver.org: 8.3.0-rc1 before 8.3.0
)

// Sources of what an organisation has.
const (
	ByLicence  = "licence"
	ByContract = "contract"
	ByRequest  = "request"
)

// Key folds a code: letter case has no meaning.
func Key(code string) string { return cases.Fold().String(code) }

const maxSlug = 60

// Slug makes the part of an address from a code: a-z 0-9 . _ -, never empty and never dots alone, which addresses swallow.
func Slug(code string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(Key(code)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		case r == 'ł':
			b.WriteByte('l')
		case r >= 0x300 && r <= 0x36f: // the accent of the letter before
		case b.Len() > 0 && b.String()[b.Len()-1] != '-':
			b.WriteByte('-')
		}
	}
	s := strings.Trim(b.String()[:min(b.Len(), maxSlug)], "-.")
	if s == "" {
		return "product"
	}
	return s
}
