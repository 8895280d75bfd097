package crypt

import (
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// Shortest sums: below 16 bytes a hash proves nothing.
const (
	minSum        = 16
	minArgonSalt  = 8
	minPBKDF2Salt = 4
)

// readArgon reads "$argon2id$v=19$m=19456,t=2,p=1$salt$hash" (RFC 9106 in PHC text).
func readArgon(s string) (verifier, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return verifier{}, errMalformed
	}
	c, costly := costs(parts[3], limit{"m", 262144}, limit{"t", 16}, limit{"p", 16})
	if costly == errMalformed {
		return verifier{}, errMalformed
	}
	salt, err := raw(parts[4], minArgonSalt)
	if err != nil {
		return verifier{}, err
	}
	sum, err := raw(parts[5], minSum)
	if err != nil {
		return verifier{}, err
	}
	if costly != nil {
		return verifier{}, costly
	}
	memory, passes, lanes := uint32(c[0]), uint32(c[1]), uint8(c[2])
	if memory < 8*uint32(lanes) { // RFC 9106, 3.1; the library would silently take more
		return verifier{}, errMalformed
	}
	return verifier{
		argon:  true,
		memory: int64(memory) << 10,
		match: func(p []byte) bool {
			return same(argon2.IDKey(p, salt, passes, memory, lanes, uint32(len(sum))), sum)
		},
	}, nil
}

// readScrypt reads "$scrypt$ln=16,r=8,p=1$salt$hash".
func readScrypt(s string) (verifier, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 5 || parts[0] != "" || parts[1] != "scrypt" {
		return verifier{}, errMalformed
	}
	c, costly := costs(parts[2], limit{"ln", 18}, limit{"r", 16}, limit{"p", 4})
	if costly == errMalformed {
		return verifier{}, errMalformed
	}
	salt, err := raw(parts[3], 1)
	if err != nil {
		return verifier{}, err
	}
	sum, err := raw(parts[4], minSum)
	if err != nil {
		return verifier{}, err
	}
	if costly != nil {
		return verifier{}, costly
	}
	n, r, p := 1<<c[0], c[1], c[2]
	return verifier{
		memory: 128 * int64(n) * int64(r),
		match: func(password []byte) bool {
			key, err := scrypt.Key(password, salt, n, r, p, len(sum))
			return err == nil && same(key, sum)
		},
	}, nil
}

// bcryptBytes is how much of a password bcrypt looks at.
const bcryptBytes = 72

// readBcrypt reads "$2b$12$" and 53 characters of salt and hash.
func readBcrypt(s string) (verifier, error) {
	if len(s) != 60 || s[0] != '$' || s[1] != '2' || strings.IndexByte("aby", s[2]) < 0 || s[3] != '$' || s[6] != '$' || !crypt64(s[7:]) {
		return verifier{}, errMalformed
	}
	// Two digits with a leading zero where there is one: "04".
	if s[4] < '0' || s[4] > '9' || s[5] < '0' || s[5] > '9' {
		return verifier{}, errMalformed
	}
	switch n := int(s[4]-'0')*10 + int(s[5]-'0'); {
	case n < bcrypt.MinCost:
		return verifier{}, errMalformed
	case n > 15:
		return verifier{}, errCostly
	}
	return verifier{match: func(p []byte) bool {
		return bcrypt.CompareHashAndPassword([]byte(s), p[:min(len(p), bcryptBytes)]) == nil
	}}, nil
}
