package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/fault"
)

// Email is an address in the one form in which it is stored and compared: lower case, domain as A-labels
// ("anna@xn--w-systemy-46a38f3t.example"). Only ParseEmail makes one. Mail goes to this, never to what was typed.
type Email string

// Codes of the two refusals; they are also keys of the message catalogue.
const (
	EmailInvalid   = "identity.email_invalid"
	EmailLookalike = "identity.email_lookalike"
)

const (
	maxEmail = 254 // of the stored form; RFC 5321, 4.5.3.1.3 with the angle brackets taken off
	maxLocal = 64
	maxLabel = 63
)

// ParseEmail reads an address as the import format defines it. White space around it is dropped, ASCII is lower-cased on both
// sides, labels of the domain that are not ASCII become A-labels. The error is a fault (422) with one of the codes
// above. Two addresses are the same person's if the results are equal; dots and +tags count.
func ParseEmail(s string) (Email, error) {
	s = strings.Trim(s, " \t\r\n\u00a0")
	// No character takes more than four bytes: what is longer needs no reading.
	if len(s) > 4*maxEmail || strings.Count(s, "@") != 1 {
		return "", fault.New(fault.Invalid, EmailInvalid)
	}
	local, domain, _ := strings.Cut(s, "@")
	domain, lookalike, ok := parseDomain(domain)
	if !ok || !dotAtom(local) || len(local)+1+len(domain) > maxEmail {
		return "", fault.New(fault.Invalid, EmailInvalid)
	}
	if lookalike {
		return "", fault.New(fault.Invalid, EmailLookalike)
	}
	return Email(lowerASCII(local) + "@" + domain), nil
}

// NeedEmail is ParseEmail for a form: a refusal becomes a message at the field.
func NeedEmail(c *fault.Check, field, s string) Email {
	e, err := ParseEmail(s)
	if err != nil {
		c.Need(false, field, fault.Of(err).Code)
	}
	return e
}

// Domain is what stands behind the @, as A-labels.
func (e Email) Domain() string { return string(e[strings.IndexByte(string(e), '@')+1:]) }

// Shown is the address with the domain in its own letters, for pages and never for comparing.
func (e Email) Shown() string {
	local, domain, _ := strings.Cut(string(e), "@")
	own, err := idna.Punycode.ToUnicode(domain)
	if err != nil {
		return string(e)
	}
	return local + "@" + own
}

// dotAtom is RFC 5322, 3.2.3, in ASCII: no quotes, no comments, no dot at an end or beside another.
func dotAtom(s string) bool {
	if len(s) > maxLocal {
		return false
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if c := atom[i]; !letterDigit(c) && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) < 0 {
				return false
			}
		}
	}
	return true
}

// parseDomain gives the domain as lower-case A-labels, and whether one of its labels mixes scripts to deceive.
func parseDomain(s string) (domain string, lookalike, ok bool) {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return "", false, false
	}
	for i, label := range labels {
		ascii, own, ok := parseLabel(label)
		if !ok || len(ascii) > maxLabel {
			return "", false, false
		}
		labels[i] = ascii
		lookalike = lookalike || mixes(own)
	}
	return strings.Join(labels, "."), lookalike, true
}

// parseLabel gives a label as it is stored and in its own letters.
func parseLabel(label string) (ascii, own string, ok bool) {
	asTyped := lowerASCII(label)
	switch {
	case !isASCII(label):
		if !norm.NFKC.IsNormalString(label) {
			return "", "", false
		}
		own = lower(label)
	case strings.HasPrefix(asTyped, "xn--"):
		var err error
		if own, err = idna.Punycode.ToUnicode(asTyped); err != nil {
			return "", "", false
		}
	default:
		return asTyped, asTyped, hostLabel(asTyped)
	}
	// Of the decoded label the library demands the same: what is not its own lower-case normal form, it refuses. The label
	// is always encoded anew, so that two spellings of one could only come to one.
	ascii, err := idna.Registration.ToASCII(own)
	if err != nil || !validLabel(own) {
		return "", "", false
	}
	return ascii, own, true
}

// hostLabel is RFC 1123, 2.1: letters, digits, and hyphens inside.
func hostLabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !letterDigit(c) && c != '-' {
			return false
		}
	}
	return true
}

// mixes tells whether Latin letters stand beside Cyrillic or Greek ones: the classic way to look like somebody else.
func mixes(label string) bool {
	var latin, other bool
	for _, r := range label {
		latin = latin || unicode.Is(unicode.Latin, r)
		other = other || unicode.In(r, unicode.Cyrillic, unicode.Greek)
	}
	return latin && other
}

func letterDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// lower is Unicode's full mapping: İ becomes two characters, not the i of another domain.
func lower(s string) string { return cases.Lower(language.Und).String(s) }

// lowerASCII leaves all other characters alone: Unicode's own lower case would make a k of the Kelvin sign.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
