package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
)

// minPassword is in code points after NFC, with or without a second factor.
const minPassword = 12

// PasswordRule decides which passwords may be set. It says nothing about those that were set before, or elsewhere.
type PasswordRule struct {
	Leaked *Leaked // nil: the operator has no list
}

// Need adds a message at the field unless the password may be set for the person with this address and these companies
// (names of the organisations it is used in; none is fine). The password comes as typed, neither trimmed nor normalised.
// The error is a list that cannot be read, never a refusal.
func (r PasswordRule) Need(c *fault.Check, field, password string, email Email, companies ...string) error {
	// Four bytes are the most that a code point of the longest good one had before NFC; a megabyte is not normalised.
	c.Need(len(password) <= 4*crypt.MaxPassword, field, "identity.password_long", "max", crypt.MaxPassword)
	if len(password) > 4*crypt.MaxPassword {
		return nil
	}
	c.Need(utf8.ValidString(password), field, "identity.password_unreadable")
	nfc := norm.NFC.String(password)
	c.Need(utf8.RuneCountInString(nfc) >= minPassword, field, "identity.password_short", "min", minPassword)
	c.Need(len(nfc) <= crypt.MaxPassword, field, "identity.password_long", "max", crypt.MaxPassword)

	bare := bareText(nfc)
	local, _, _ := strings.Cut(string(email), "@")
	for _, address := range []string{string(email), email.Shown(), local} {
		c.Need(address == "" || bare != bareText(address), field, "identity.password_is_email")
	}
	for _, company := range companies {
		c.Need(bareText(company) == "" || bare != bareText(company), field, "identity.password_is_company")
	}
	if r.Leaked == nil || len(nfc) > crypt.MaxPassword {
		return nil
	}
	leaked, err := r.Leaked.Has(nfc)
	c.Need(!leaked, field, "identity.password_leaked")
	return err
}

// bareText is what is left when case, blanks and punctuation are taken away: "Żuraw & Co." and "ŻURAW CO" are one name.
func bareText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, norm.NFC.String(cases.Fold().String(norm.NFKC.String(s))))
}
