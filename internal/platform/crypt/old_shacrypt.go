package crypt

import (
	"crypto/sha256"
	"hash"
	"strings"
)

// shaCrypt is one of the two variants of U. Drepper's "Unix crypt using SHA-256 and SHA-512" (version 0.6).
type shaCrypt struct {
	newHash func() hash.Hash
	order   [][3]int // bytes of the sum in the order in which they are written, three to four characters; -1: none
	chars   int      // length of the written sum
}

const defaultRounds = 5000

// readSHACrypt reads "$5$rounds=535000$salt$hash" and "$6$salt$hash".
func readSHACrypt(s string) (verifier, error) {
	var c shaCrypt
	rest, is5 := strings.CutPrefix(s, "$5$")
	if is5 {
		c = shaCrypt{sha256.New, order256(), 43}
	} else {
		var is6 bool
		if rest, is6 = strings.CutPrefix(s, "$6$"); !is6 {
			return verifier{}, errMalformed
		}
		c = shaCrypt{newSHA512, order512(), 86}
	}
	rounds, costly := defaultRounds, error(nil)
	if r, given := strings.CutPrefix(rest, "rounds="); given {
		var digits string
		digits, rest, _ = strings.Cut(r, "$")
		if rounds, costly = cost(digits, 1000, 1_000_000); costly == errMalformed {
			return verifier{}, errMalformed
		}
	}
	salt, sum, found := strings.Cut(rest, "$")
	if !found || len(salt) > 16 || !printable(salt) || len(sum) != c.chars || !crypt64(sum) {
		return verifier{}, errMalformed
	}
	return verifier{match: func(p []byte) bool {
		return same([]byte(c.sum(p, []byte(salt), rounds)), []byte(sum))
	}}, costly
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// sum follows the numbered steps of the paper.
func (c shaCrypt) sum(key, salt []byte, rounds int) string {
	b := c.digest(key, salt, key) // 4–8
	a := c.newHash()              // 1–3
	a.Write(key)
	a.Write(salt)
	a.Write(stretch(b, len(key)))       // 9–10
	for n := len(key); n > 0; n >>= 1 { // 11
		if n&1 == 1 {
			a.Write(b)
		} else {
			a.Write(key)
		}
	}
	round := a.Sum(nil) // 12

	dp := c.newHash() // 13–15
	for range key {
		dp.Write(key)
	}
	p := stretch(dp.Sum(nil), len(key)) // 16

	ds := c.newHash() // 17–19
	for range 16 + int(round[0]) {
		ds.Write(salt)
	}
	s := stretch(ds.Sum(nil), len(salt)) // 20

	for i := range rounds { // 21
		h := c.newHash()
		if i%2 == 1 {
			h.Write(p)
		} else {
			h.Write(round)
		}
		if i%3 != 0 {
			h.Write(s)
		}
		if i%7 != 0 {
			h.Write(p)
		}
		if i%2 == 1 {
			h.Write(round)
		} else {
			h.Write(p)
		}
		round = h.Sum(round[:0])
	}
	return c.write(round) // 22
}

func (c shaCrypt) digest(parts ...[]byte) []byte {
	h := c.newHash()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// stretch repeats b to n bytes.
func stretch(b []byte, n int) []byte {
	out := make([]byte, 0, n+len(b))
	for len(out) < n {
		out = append(out, b...)
	}
	return out[:n]
}

// write gives three bytes as four characters, lowest six bits first; the last group may be shorter.
func (c shaCrypt) write(sum []byte) string {
	out := make([]byte, 0, c.chars+4)
	for _, g := range c.order {
		v := 0
		for _, at := range g {
			v <<= 8
			if at >= 0 {
				v |= int(sum[at])
			}
		}
		for range 4 {
			out = append(out, itoa64[v&63])
			v >>= 6
		}
	}
	return string(out[:c.chars])
}

func order256() [][3]int {
	return [][3]int{{0, 10, 20}, {21, 1, 11}, {12, 22, 2}, {3, 13, 23}, {24, 4, 14}, {15, 25, 5}, {6, 16, 26}, {27, 7, 17}, {18, 28, 8}, {9, 19, 29}, {-1, 31, 30}}
}

func order512() [][3]int {
	var o [][3]int
	for i, g := 0, [3]int{0, 21, 42}; i < 21; i++ {
		o = append(o, g)
		g = [3]int{g[1] + 1, g[2] + 1, g[0] + 1}
	}
	return append(o, [3]int{-1, -1, 63})
}
