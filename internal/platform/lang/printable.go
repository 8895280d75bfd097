package lang

import "unicode"

// Unprintable tells control characters, line ends of all kinds, and characters that change how others are shown.
func Unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}
