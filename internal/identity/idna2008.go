package identity

import "unicode"

// validLabel tells whether every character of a label may be registered under IDNA 2008 (RFC 5892). The library checks the
// rest (normal form, hyphens, leading marks, joiners, direction of writing), but lets the symbols pass that only the
// compatibility standard UTS 46 knows ("☃", "♥") and does not look at the contextual rules.
func validLabel(label string) bool {
	runes := []rune(label)
	for i, r := range runes {
		if r < 0x80 {
			continue // the library allows letters, digits and hyphen
		}
		if ok, contextual := fits(runes, i); contextual {
			if !ok {
				return false
			}
			continue
		}
		if !registrable(r) {
			return false
		}
	}
	return !mixedDigits(runes)
}

// registrable is the derived property PVALID, or CONTEXTJ, of RFC 5892, section 3; that a character is its own folded
// normal form, the library demands.
func registrable(r rune) bool {
	switch r { // 2.6, exceptions
	case 0x00df, 0x03c2, 0x06fd, 0x06fe, 0x0f0b, 0x3007:
		return true
	case 0x0640, 0x07fa, 0x302e, 0x302f, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303b:
		return false
	case 0x200c, 0x200d: // 2.8, joiners: where they may stand, the library checks
		return true
	}
	for _, block := range [][2]rune{
		{0x1100, 0x11ff}, {0xa960, 0xa97c}, {0xd7b0, 0xd7fb}, // 2.9, letters of old Hangul
		{0x20d0, 0x20ff}, {0x1d100, 0x1d1ff}, {0x1d200, 0x1d24f}, // 2.4, marks of symbols and of music
	} {
		if r >= block[0] && r <= block[1] {
			return false
		}
	}
	if unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.White_Space, unicode.Noncharacter_Code_Point) {
		return false // 2.3
	}
	return unicode.In(r, unicode.Ll, unicode.Lo, unicode.Lm, unicode.Mn, unicode.Mc, unicode.Nd) // 2.1; capitals are folded
}

// fits applies the contextual rules of RFC 5892, appendix A.3 to A.9; contextual is false for a character without one.
func fits(label []rune, i int) (ok, contextual bool) {
	at := func(n int) rune {
		if n < 0 || n >= len(label) {
			return -1
		}
		return label[n]
	}
	switch r := label[i]; {
	case r == 0x00b7: // middle dot: the Catalan l·l
		return at(i-1) == 'l' && at(i+1) == 'l', true
	case r == 0x0375: // Greek numeral sign
		return unicode.Is(unicode.Greek, at(i+1)), true
	case r == 0x05f3 || r == 0x05f4: // Hebrew geresh, gershayim
		return unicode.Is(unicode.Hebrew, at(i-1)), true
	case r == 0x30fb: // Katakana middle dot
		for _, c := range label {
			if unicode.In(c, unicode.Hiragana, unicode.Katakana, unicode.Han) && c != 0x30fb {
				return true, true
			}
		}
		return false, true
	case r >= 0x0660 && r <= 0x0669 || r >= 0x06f0 && r <= 0x06f9: // Arabic digits: see mixedDigits
		return true, true
	}
	return false, false
}

// mixedDigits tells whether both kinds of Arabic digits stand in one label (RFC 5892, A.8 and A.9).
func mixedDigits(label []rune) bool {
	var arabic, extended bool
	for _, r := range label {
		arabic = arabic || r >= 0x0660 && r <= 0x0669
		extended = extended || r >= 0x06f0 && r <= 0x06f9
	}
	return arabic && extended
}
