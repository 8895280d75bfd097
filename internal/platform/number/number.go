// Package number makes and reads the numbers that people type, with a check character at the end: Luhn mod N with N = 32
// over Crockford's alphabet. It finds every single wrong character, and every swap of neighbours but 0 and Z.
//
// A number is shown in one form only, the one that the functions here return: compare and store that, never what was
// typed. A wrong number may be told as such at once, because nothing was looked up.
package number

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
)

// The two ways to be no number. Their texts are for programs: licence_malformed, licence_check_digit.
var (
	ErrMalformed  = errors.New("malformed")
	ErrCheckDigit = errors.New("check_digit")
)

// alphabet has no I, L, O and U: the place of a character is its value.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const base = len(alphabet)

// Licence is a licence number as it is stored and shown, "7K3-MQ2-X9W": eight characters and the check character.
type Licence string

const licenceLen = 9

// NewLicence draws a licence number of 40 random bits. Whether it is taken, the database decides.
func NewLicence() Licence { return group(random(licenceLen - 1)) }

// ParseLicence reads a licence number in any case, with spaces and hyphens anywhere, O for 0 and I or L for 1. The error is
// ErrMalformed or ErrCheckDigit.
func ParseLicence(s string) (Licence, error) {
	s = plain(squeeze(s))
	if err := check(s, licenceLen); err != nil {
		return "", err
	}
	return group(s), nil
}

func group(s string) Licence { return Licence(s[:3] + "-" + s[3:6] + "-" + s[6:]) }

const (
	prefixLen = 2
	ticketLen = 8
)

// NewTicket draws a ticket number, "SR-7K3M-Q2XS": the prefix (two capital letters that say the kind), seven random
// characters and their check character. Whether it is taken, the database decides.
func NewTicket(prefix string) string { return ticket(prefix, random(ticketLen-1)) }

// ParseTicket reads a ticket number in any case, with spaces and hyphens anywhere, and in the part after the prefix O for 0
// and I or L for 1. Which prefixes there are, it does not know. The error is ErrMalformed or ErrCheckDigit. An old
// system's number can be of this form by chance: look that one up as it was typed, first.
func ParseTicket(s string) (string, error) {
	s = squeeze(s)
	if len(s) != prefixLen+ticketLen {
		return "", ErrMalformed
	}
	prefix, body := s[:prefixLen], plain(s[prefixLen:])
	for i := range prefixLen {
		if prefix[i] < 'A' || prefix[i] > 'Z' {
			return "", ErrMalformed
		}
	}
	if err := check(body, ticketLen); err != nil {
		return "", err
	}
	return ticket(prefix, body), nil
}

func ticket(prefix, body string) string { return prefix + "-" + body[:4] + "-" + body[4:] }

const (
	recoveryLen = 16
	recoveryRun = 4 // characters between hyphens
)

// NewRecovery draws a recovery code of 75 random bits, "7K3M-Q2XS-9ABC-DEF2": a secret, nobody can guess it or find it from its hash.
func NewRecovery() string { return recovery(random(recoveryLen - 1)) }

// ParseRecovery reads a recovery code in any case, with spaces and hyphens anywhere, O for 0 and I or L for 1. The error is ErrMalformed or
// ErrCheckDigit.
func ParseRecovery(s string) (string, error) {
	s = plain(squeeze(s))
	if err := check(s, recoveryLen); err != nil {
		return "", err
	}
	return recovery(s), nil
}

func recovery(s string) string {
	var runs []string
	for run := range slices.Chunk([]byte(s), recoveryRun) {
		runs = append(runs, string(run))
	}
	return strings.Join(runs, "-")
}

// squeeze drops what people put between and around, and upper-cases. ASCII only: the dotless ı is not an I here.
func squeeze(s string) string {
	s = strings.Trim(s, " \t\r\n\u00a0")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// plain reads the letters that look like digits.
func plain(s string) string { return strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(s) }

func check(s string, n int) error {
	if len(s) != n {
		return ErrMalformed
	}
	for i := range n {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return ErrMalformed
		}
	}
	if sum(s, 1) != 0 {
		return ErrCheckDigit
	}
	return nil
}

// random draws n characters and adds their check character.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[int(b[i])%base] // 256 is a multiple of 32: no character is likelier
	}
	return string(b) + string(alphabet[(base-sum(string(b), 2))%base])
}

// sum goes from right to left, multiplies by factor, then by the other of 1 and 2, and so on, and adds up modulo 32; a
// product counts as the sum of its digits to the base 32.
func sum(s string, factor int) int {
	total := 0
	for i := len(s) - 1; i >= 0; i-- {
		p := strings.IndexByte(alphabet, s[i]) * factor
		total += p/base + p%base
		factor = 3 - factor
	}
	return total % base
}
