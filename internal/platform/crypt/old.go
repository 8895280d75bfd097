package crypt

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Old is a password hash as an old portal exported it: `password_scheme` and `password_hash` of the import format.
type Old struct{ Scheme, Hash string }

// The notes of the import format on a hash that cannot be used. The person is taken all the same.
const (
	NoteUnknown   = "password_scheme_unknown"
	NoteMalformed = "password_malformed"
	NoteCostly    = "password_too_costly"
)

var (
	errUnknown   = errors.New(NoteUnknown)
	errMalformed = errors.New(NoteMalformed)
	errCostly    = errors.New(NoteCostly)
	errNone      = errors.New("no password")
)

// wrapped begins what Wrap stores for schemes too weak to rest in a database.
const wrapped = "wrapped"

// verifier is a stored hash that was read and found within the limits.
type verifier struct {
	match  func(password []byte) bool // constant-time in the comparison
	memory int64                      // bytes that one run needs
	argon  bool                       // it runs Argon2id
}

// Judge tells whether the hash can be verified, and if not, the note: one of the three, or "" for a person who simply has
// none. Nothing is computed.
func (o Old) Judge() (usable bool, note string) {
	_, err := readOld(o)
	switch {
	case err == nil:
		return true, ""
	case errors.Is(err, errNone):
		return false, ""
	}
	return false, err.Error()
}

// Weak tells whether Wrap computes something for this scheme (one run), rather than keep it as it is.
func (o Old) Weak() bool {
	switch o.Scheme {
	case "ssha", "md5-hex", "sha256-hex", "sha512-hex":
		return true
	}
	return false
}

// Wrap gives the text to be stored for a usable hash; Check and VerifyOld read it. A weak one becomes the Argon2id hash
// of its digest, with what is needed to compute that digest again, never the digest itself; the others stay as they
// are behind their scheme. It waits for a slot as long as ctx allows: an import is in no hurry.
func (h *Hasher) Wrap(ctx context.Context, o Old) (string, error) {
	if _, err := readOld(o); err != nil {
		return "", fmt.Errorf("wrap old password: %w", err)
	}
	if !o.Weak() {
		return o.Scheme + ":" + o.Hash, nil
	}
	d, sum, err := readDigest(o)
	if err != nil {
		return "", fmt.Errorf("wrap old password: %w", err)
	}
	leave, err := h.enterSlowly(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return wrapped + ":" + d.String() + ":" + h.argon(sum), nil
}

// VerifyOld compares a password with what Wrap stored: the bytes as typed first, then, if that is another text, once
// its NFC. A password that is too long is wrong. An error is a busy machine or a damaged hash.
func (h *Hasher) VerifyOld(ctx context.Context, stored, password string) (bool, error) {
	v, err := readStored(stored)
	if err != nil {
		return false, fmt.Errorf("verify old password: %w", err)
	}
	nfc, ok := normal(password)
	if !ok {
		return false, nil
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if nfc != password && len(password) <= MaxPassword && h.try(v, []byte(password)) {
		return true, nil
	}
	return h.try(v, []byte(nfc)), nil
}

// readStored reads what Hash or Wrap made.
func readStored(stored string) (verifier, error) {
	if strings.HasPrefix(stored, "$") {
		return readArgon(stored)
	}
	scheme, rest, _ := strings.Cut(stored, ":")
	if scheme == wrapped {
		return readWrapped(rest)
	}
	o := Old{scheme, rest}
	if o.Weak() {
		return verifier{}, fmt.Errorf("%w: a weak hash that was never wrapped", errMalformed)
	}
	return readOld(o)
}

// readOld reads by scheme; the error is one of the four above.
func readOld(o Old) (verifier, error) {
	if o.Scheme == "" && o.Hash != "" {
		return verifier{}, errUnknown
	}
	switch o.Scheme {
	case "", "none":
		if o.Hash != "" {
			return verifier{}, errMalformed
		}
		return verifier{}, errNone
	case "argon2id":
		return readArgon(o.Hash)
	case "bcrypt":
		return readBcrypt(o.Hash)
	case "pbkdf2":
		return readPBKDF2(o.Hash)
	case "django":
		return readDjango(o.Hash)
	case "aspnet-identity":
		return readASPNet(o.Hash)
	case "scrypt":
		return readScrypt(o.Hash)
	case "sha-crypt":
		return readSHACrypt(o.Hash)
	case "phpass":
		return readPHPass(o.Hash)
	case "ssha", "md5-hex", "sha256-hex", "sha512-hex":
		d, sum, err := readDigest(o)
		return verifier{match: func(p []byte) bool { return same(d.sum(p), sum) }}, err
	}
	return verifier{}, errUnknown
}
