package crypt

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// digest is how a weak old hash is computed: one round of an algorithm over salt and password.
type digest struct {
	algorithm string // "md5", "sha1", "sha256", "sha512"
	saltFirst bool
	salt      []byte
}

func (d digest) sum(password []byte) []byte {
	text := append(append([]byte{}, password...), d.salt...)
	if d.saltFirst {
		text = append(append([]byte{}, d.salt...), password...)
	}
	switch d.algorithm {
	case "md5":
		s := md5.Sum(text)
		return s[:]
	case "sha1":
		s := sha1.Sum(text)
		return s[:]
	case "sha256":
		s := sha256.Sum256(text)
		return s[:]
	default:
		s := sha512.Sum512(text)
		return s[:]
	}
}

// size of the sum in bytes; 0 for an algorithm that is none of ours.
func (d digest) size() int {
	switch d.algorithm {
	case "md5":
		return md5.Size
	case "sha1":
		return sha1.Size
	case "sha256":
		return sha256.Size
	case "sha512":
		return sha512.Size
	}
	return 0
}

// String is the digest as it rests in the database, "md5,sp,c2FsdA": everything but the sum.
func (d digest) String() string {
	place := "ps"
	if d.saltFirst {
		place = "sp"
	}
	return d.algorithm + "," + place + "," + base64.RawStdEncoding.EncodeToString(d.salt)
}

// readDigest reads a hash of the schemes ssha and …-hex into recipe and sum.
func readDigest(o Old) (digest, []byte, error) {
	if o.Scheme == "ssha" {
		coded, marked := strings.CutPrefix(o.Hash, "{SSHA}")
		b, err := padded(coded, sha1.Size+4)
		if !marked || err != nil || len(b) > sha1.Size+64 {
			return digest{}, nil, errMalformed
		}
		return digest{"sha1", false, b[sha1.Size:]}, b[:sha1.Size], nil
	}
	parts := strings.Split(o.Hash, "$")
	if len(parts) != 3 || parts[0] != "sp" && parts[0] != "ps" {
		return digest{}, nil, errMalformed
	}
	d := digest{strings.TrimSuffix(o.Scheme, "-hex"), parts[0] == "sp", []byte(parts[1])}
	sum, err := hex.DecodeString(parts[2])
	n := utf8.RuneCountInString(parts[1])
	if err != nil || len(sum) != d.size() || n < 1 || n > 64 || !utf8.ValidString(parts[1]) {
		return digest{}, nil, errMalformed
	}
	return d, sum, nil
}

// readWrapped reads what Wrap stored of a weak hash, without its first word: "md5,sp,c2FsdA:$argon2id$…".
func readWrapped(s string) (verifier, error) {
	recipe, phc, _ := strings.Cut(s, ":")
	parts := strings.Split(recipe, ",")
	if len(parts) != 3 || parts[1] != "sp" && parts[1] != "ps" {
		return verifier{}, errMalformed
	}
	salt, err := raw(parts[2], 1)
	d := digest{parts[0], parts[1] == "sp", salt}
	if err != nil || d.size() == 0 {
		return verifier{}, errMalformed
	}
	v, err := readArgon(phc)
	if err != nil {
		return verifier{}, err
	}
	outer := v.match
	v.match = func(p []byte) bool { return outer(d.sum(p)) }
	return v, nil
}
