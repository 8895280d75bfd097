package crypt

import (
	"crypto/md5"
	"strings"
)

// readPHPass reads the portable hashes of phpass (WordPress, phpBB): "$P$" or "$H$", a character whose place is the binary
// logarithm of the rounds, eight of salt, 22 of MD5.
func readPHPass(s string) (verifier, error) {
	if len(s) != 34 || s[:3] != "$P$" && s[:3] != "$H$" || !crypt64(s[3:4]+s[12:]) || !printable(s[4:12]) {
		return verifier{}, errMalformed
	}
	log2 := strings.IndexByte(itoa64, s[3])
	switch {
	case log2 < 7:
		return verifier{}, errMalformed
	case log2 > 20:
		return verifier{}, errCostly
	}
	salt, want := s[4:12], s[12:]
	return verifier{match: func(p []byte) bool {
		sum := md5.Sum(append([]byte(salt), p...))
		next := make([]byte, len(sum)+len(p))
		copy(next[len(sum):], p)
		for range 1 << log2 {
			copy(next, sum[:])
			sum = md5.Sum(next)
		}
		return same([]byte(phpass64(sum[:])), []byte(want))
	}}, nil
}

// phpass64 writes three bytes as four characters, lowest byte and lowest bits first.
func phpass64(sum []byte) string {
	var out []byte
	for i := 0; i < len(sum); i += 3 {
		group := sum[i:min(i+3, len(sum))]
		v := 0
		for n, b := range group {
			v |= int(b) << (8 * n)
		}
		for range len(group) + 1 {
			out = append(out, itoa64[v&63])
			v >>= 6
		}
	}
	return string(out)
}
