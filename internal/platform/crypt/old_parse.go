package crypt

import (
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// same compares in constant time; texts or sums of different length are different.
func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// raw reads base64 without padding, as PHC text has it, padded reads it with. Both refuse what is shorter than min bytes,
// line ends, which the decoder would skip, and stray bits in the last character: what was cut inside a character does not
// pass as a shorter one.
func raw(s string, min int) ([]byte, error)    { return decode(base64.RawStdEncoding, s, min) }
func padded(s string, min int) ([]byte, error) { return decode(base64.StdEncoding, s, min) }

func decode(coding *base64.Encoding, s string, min int) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errMalformed
	}
	b, err := coding.Strict().DecodeString(s)
	if err != nil || len(b) < min {
		return nil, errMalformed
	}
	return b, nil
}

// cost reads decimal digits without sign or leading zero: below min is malformed, above max too costly, however long.
func cost(s string, min, max int) (int, error) {
	if s == "" || s[0] == '0' {
		return 0, errMalformed
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, errMalformed
		}
		if n <= max {
			n = n*10 + int(s[i]-'0')
		}
	}
	switch {
	case n > max:
		return 0, errCostly
	case n < min:
		return 0, errMalformed
	}
	return n, nil
}

// limit is one named cost of a PHC parameter list and its largest value.
type limit struct {
	name string
	max  int
}

// costs reads "m=19456,t=2,p=1" in exactly this order. A malformed one counts before a too costly one.
func costs(s string, limits ...limit) ([]int, error) {
	parts := strings.Split(s, ",")
	if len(parts) != len(limits) {
		return nil, errMalformed
	}
	values := make([]int, len(limits))
	var costly error
	for i, l := range limits {
		digits, named := strings.CutPrefix(parts[i], l.name+"=")
		if !named {
			return nil, errMalformed
		}
		n, err := cost(digits, 1, l.max)
		if err == errMalformed {
			return nil, err
		}
		if err != nil {
			costly = err
		}
		values[i] = n
	}
	return values, costly
}

// crypt64 tells whether s consists of the alphabet of crypt(3).
func crypt64(s string) bool {
	for i := range len(s) {
		if strings.IndexByte(itoa64, s[i]) < 0 {
			return false
		}
	}
	return true
}

// itoa64 is the alphabet of crypt(3): the place is the value.
const itoa64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
