package release

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// A signature of a file is Ed25519ph (RFC 8032) over its SHA-512, with the id of the product as context, so that a file of one product is
// not a file of another; written as base64 without padding, as the licensing API gives it.
func options(product string) *ed25519.Options {
	return &ed25519.Options{Hash: crypto.SHA512, Context: product}
}

// Sign signs what r holds as a file of a product (id), and gives what stands in the .sig file. It runs on the release manager's computer.
func Sign(key ed25519.PrivateKey, product string, r io.Reader) (string, error) {
	sum := sha512.New()
	if _, err := io.Copy(sum, r); err != nil {
		return "", err
	}
	signature, err := key.Sign(nil, sum.Sum(nil), options(product))
	return base64.RawStdEncoding.EncodeToString(signature), err
}

// Verify tells whether the public key, as ParsePublic gives it, signed what r holds as a file of a product (id); signature is the text of the .sig file.
func Verify(public, product string, r io.Reader, signature string) (bool, error) {
	sum := sha512.New()
	if _, err := io.Copy(sum, r); err != nil {
		return false, err
	}
	return ReleaseKey{Public: public}.signs(product, hex.EncodeToString(sum.Sum(nil)), strings.TrimSpace(signature)), nil
}

// signs tells whether the signature is this key's over the file.
func (k ReleaseKey) signs(product, sha512, signature string) bool {
	public, err1 := hex.DecodeString(k.Public)
	digest, err2 := hex.DecodeString(sha512)
	sig, err3 := base64.RawStdEncoding.DecodeString(signature)
	if err1 != nil || err2 != nil || err3 != nil || len(public) != ed25519.PublicKeySize {
		return false
	}
	return ed25519.VerifyWithOptions(public, digest, sig, options(product)) == nil
}

// ErrPrivate says that a private key was given where the public one is wanted.
var ErrPrivate = errors.New("this is the private key: keep it to yourself, and give the public one, whose file ends in .pub")

// ParsePublic reads a public key as people have it: PEM, 64 hexadecimal digits, or 32 bytes in base64. The result is hex. ErrPrivate for a private one.
func ParsePublic(text string) (string, error) {
	text = strings.TrimSpace(text)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return "", ErrPrivate
		}
		any, err := x509.ParsePKIXPublicKey(block.Bytes)
		if key, ok := any.(ed25519.PublicKey); ok && err == nil {
			return hex.EncodeToString(key), nil
		}
		return "", errors.New("not an Ed25519 public key")
	}
	if b, err := hex.DecodeString(text); err == nil && len(b) == ed25519.PublicKeySize {
		return hex.EncodeToString(b), nil
	}
	if b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")); err == nil && len(b) == ed25519.PublicKeySize {
		return hex.EncodeToString(b), nil
	}
	return "", errors.New("not an Ed25519 public key")
}

// maxSignature is how many bytes a .sig file may have.
const maxSignature = 200

// AddSignature puts a detached signature to a file of a draft; name is the file's, with or without .sig. When every file has one, the
// release is signed. The actor needs Manage. Invalid at signatures for a name without file, or a signature that no key in force made.
func (s *Releases) AddSignature(ctx context.Context, a who.Actor, id, name, signature string) error {
	return s.act(ctx, a, id, func(tx *store.Tx, r Release) error {
		if r.State != Draft && r.State != Signed {
			return notDraft(r)
		}
		files, err := store.Query[File](tx, selectFiles, id)
		if err != nil {
			return err
		}
		signature = strings.TrimSpace(signature)
		if n := len(name) - len(".sig"); n > 0 && strings.EqualFold(name[n:], ".sig") && !has(files, name) {
			name = name[:n]
		}
		var c fault.Check
		c.Need(has(files, name), "signatures", "release.signature_no_file", "file", name)
		if err := c.Err(); err != nil {
			return err
		}
		f := named(files, name)
		keys, err := s.inForce(tx, a)
		if err != nil {
			return err
		}
		key, ok := signer(keys, r.Product, f, signature)
		c.Need(ok && len(signature) <= maxSignature, "signatures", "release.signature_wrong", "file", f.Name)
		if err := c.Err(); err != nil {
			return err
		}
		if f.Signature == signature && f.Key == key.ID {
			return nil // the same once more
		}
		if _, err := tx.Exec(updateSignature, f.ID, signature, key.ID); err != nil {
			return err
		}
		if err := s.restate(tx, r); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, FileSigned{r.ID, f.ID, key.ID})
	})
}

func named(files []File, name string) File {
	for _, f := range files {
		if Key(f.Name) == Key(name) {
			return f
		}
	}
	return File{}
}

func has(files []File, name string) bool { return named(files, name).ID != "" }

// signer is the key that made a signature of a file.
func signer(keys []ReleaseKey, product string, f File, signature string) (ReleaseKey, bool) {
	for _, k := range keys {
		if k.signs(product, f.SHA512, signature) {
			return k, true
		}
	}
	return ReleaseKey{}, false
}

// restate says whether a draft is signed: every file has its signature.
func (s *Releases) restate(tx *store.Tx, r Release) error {
	files, err := store.Query[File](tx, selectFiles, r.ID)
	if err != nil {
		return err
	}
	state := Signed
	for _, f := range files {
		if f.Signature == "" {
			state = Draft
		}
	}
	if len(files) == 0 {
		state = Draft
	}
	_, err = tx.Exec(updateState, r.ID, state, tx.Now)
	return err
}

// checkSignatures asks again at publishing: each signature must be that of a key in force today, and a product may demand one of every file.
func (s *Releases) checkSignatures(tx *store.Tx, a who.Actor, r Release, files []File, demanded bool) error {
	keys, err := s.inForce(tx, a)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Signature == "" {
			if demanded {
				return fault.New(fault.Conflict, "release.not_signed", "file", f.Name)
			}
			continue
		}
		if _, ok := signer(keys, r.Product, f, f.Signature); !ok {
			return fault.New(fault.Conflict, "release.signature_over", "file", f.Name)
		}
	}
	return nil
}
