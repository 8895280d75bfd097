package crypt

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strconv"
	"strings"
	"unicode/utf8"
)

const maxRounds = 2_000_000

// comparedBytes bounds what is computed and compared of an over-long PBKDF2 hash: each 20 to 64 bytes of it cost all rounds
// again, and 64 decide.
const comparedBytes = 64

func pbkdf2Verifier(newHash func() hash.Hash, salt []byte, rounds int, sum []byte) verifier {
	sum = sum[:min(len(sum), comparedBytes)]
	return verifier{match: func(p []byte) bool {
		// The library demands nothing of salt and rounds outside FIPS mode; there it refuses, and nobody gets in.
		key, err := pbkdf2.Key(newHash, string(p), salt, rounds, len(sum))
		return err == nil && same(key, sum)
	}}
}

func newSHA512() hash.Hash { return sha512.New() }

// readPBKDF2 reads "$pbkdf2-sha256$i=600000,l=32$salt$hash", and passlib's "$pbkdf2-sha256$29000$salt$hash", where "."
// stands for "+" and "$pbkdf2$" for SHA-1.
func readPBKDF2(s string) (verifier, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 5 || parts[0] != "" {
		return verifier{}, errMalformed
	}
	var h func() hash.Hash
	switch parts[1] {
	case "pbkdf2-sha1", "pbkdf2":
		h = sha1.New
	case "pbkdf2-sha256":
		h = sha256.New
	case "pbkdf2-sha512":
		h = newSHA512
	default:
		return verifier{}, errMalformed
	}
	rounds, length, costly := pbkdf2Costs(parts[2])
	if costly == errMalformed {
		return verifier{}, errMalformed
	}
	salt, err := raw(strings.ReplaceAll(parts[3], ".", "+"), minPBKDF2Salt)
	if err != nil {
		return verifier{}, err
	}
	sum, err := raw(strings.ReplaceAll(parts[4], ".", "+"), minSum)
	if err != nil {
		return verifier{}, err
	}
	if length != "" && length != strconv.Itoa(len(sum)) {
		return verifier{}, errMalformed
	}
	return pbkdf2Verifier(h, salt, rounds, sum), costly
}

// pbkdf2Costs reads "i=600000,l=32", "i=600000" or "29000"; length is empty if it is not given.
func pbkdf2Costs(s string) (rounds int, length string, err error) {
	count, named := strings.CutPrefix(s, "i=")
	if named {
		var given bool
		count, length, given = strings.Cut(count, ",l=")
		if given && length == "" {
			return 0, "", errMalformed
		}
	}
	rounds, err = cost(count, 1, maxRounds)
	return rounds, length, err
}

// readDjango reads "pbkdf2_sha256$600000$salt$hash": the salt is text, the hash as long as the digest.
func readDjango(s string) (verifier, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 4 {
		return verifier{}, errMalformed
	}
	var h func() hash.Hash
	var size int
	switch parts[0] {
	case "pbkdf2_sha1":
		h, size = sha1.New, sha1.Size
	case "pbkdf2_sha256":
		h, size = sha256.New, sha256.Size
	case "pbkdf2_sha512":
		h, size = newSHA512, sha512.Size
	default:
		return verifier{}, errMalformed
	}
	rounds, costly := cost(parts[1], 1, maxRounds)
	if costly == errMalformed {
		return verifier{}, errMalformed
	}
	salt := []byte(parts[2])
	sum, err := padded(parts[3], size)
	if err != nil || len(sum) != size || len(salt) < minPBKDF2Salt || !utf8.Valid(salt) {
		return verifier{}, errMalformed
	}
	return pbkdf2Verifier(h, salt, rounds, sum), costly
}

// readASPNet reads the two binary forms of ASP.NET Identity: 0, salt 16, hash 32; and 1, then PRF, rounds and salt length
// as big-endian 32-bit numbers, salt, hash.
func readASPNet(s string) (verifier, error) {
	b, err := padded(s, 1)
	if err != nil {
		return verifier{}, err
	}
	switch {
	case b[0] == 0 && len(b) == 1+16+32:
		return pbkdf2Verifier(sha1.New, b[1:17], 1000, b[17:]), nil
	case b[0] == 1 && len(b) >= 13:
		return readASPNet3(b)
	}
	return verifier{}, errMalformed
}

func readASPNet3(b []byte) (verifier, error) {
	var h func() hash.Hash
	switch binary.BigEndian.Uint32(b[1:]) {
	case 0:
		h = sha1.New
	case 1:
		h = sha256.New
	case 2:
		h = newSHA512
	default:
		return verifier{}, errMalformed
	}
	rounds, saltLen, rest := binary.BigEndian.Uint32(b[5:]), binary.BigEndian.Uint32(b[9:]), b[13:]
	if rounds == 0 || saltLen < minPBKDF2Salt || int64(saltLen)+minSum > int64(len(rest)) {
		return verifier{}, errMalformed
	}
	if rounds > maxRounds {
		return verifier{}, errCostly
	}
	return pbkdf2Verifier(h, rest[:saltLen], int(rounds), rest[saltLen:]), nil
}
