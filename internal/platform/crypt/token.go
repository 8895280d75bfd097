package crypt

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// Lower-case letters and digits survive mail programs, shells and a double click.
const tokenAlphabet = "abcdefghijklmnopqrstuvwxyz234567"

const tokenBytes = 20 // 160 bits, a whole number of base32 characters

// shortest is the length of 128 bits in base32.
const shortest = 26

// Token makes a bearer secret of 160 random bits (32 characters of a–z 2–7) and what may be stored of it.
func Token() (clear, hash string) {
	b := make([]byte, tokenBytes)
	rand.Read(b)
	clear = base32.NewEncoding(tokenAlphabet).WithPadding(base32.NoPadding).EncodeToString(b)
	return clear, HashToken(clear)
}

// HashToken is SHA-256 of the token as 64 hex digits. The token is random, so nothing slower is needed; look it up by
// this value, then no comparison leaks anything.
func HashToken(clear string) string {
	h := sha256.Sum256([]byte(clear))
	return hex.EncodeToString(h[:])
}

// Plausible tells whether a presented token may be looked up at all: empty, blank, short and endless ones never are, so
// that a row without a token is found by nobody. A prefix ("lodge_") counts as part of it.
func Plausible(clear string) bool {
	return len(clear) >= shortest && len(clear) <= 256 && !strings.ContainsAny(clear, " \t\r\n\x00")
}
