package crypt

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrSealed says that sealed bytes do not open: another key, another purpose, or damaged. Nobody can tell which.
var ErrSealed = errors.New("sealed with another key, for another purpose, or damaged")

// keyMark begins the one line of a key file; the 32 bytes follow in base64url without padding.
const keyMark = "lodge-key/1 "

const keySize = 32

// Version byte in front of what Seal makes: XChaCha20-Poly1305, 24 bytes of nonce.
const sealedV1 = 1

// Keys is the content of the key file. All keys in use are derived from it, so that one use says nothing about another. The first line of the
// file seals; the lines behind it, there while a key is changed, still open. Printing it shows its fingerprint only.
type Keys struct {
	path  string
	ring  atomic.Pointer[[]*key] // the newest first, never empty
	look  atomic.Int64           // when to look next whether the file has changed, in Unix milliseconds
	stamp atomic.Int64           // of the file as it was read
}

// key is one line of the file.
type key struct {
	root        []byte
	seal        cipher.AEAD
	fingerprint string
}

// LoadOrMake reads the key file, or makes one of 32 random bytes with mode 0600 (and its folder with 0700) if there is
// none. Nodes that start together get the same key: whoever links first wins, the others read his. The error is one
// sentence for the operator.
func LoadOrMake(path string) (*Keys, error) {
	k, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := makeKeyFile(path); err != nil {
		return nil, fmt.Errorf("the key file %s cannot be made: %w", path, err)
	}
	return load(path)
}

// Load reads the key file, and makes none.
func Load(path string) (*Keys, error) { return load(path) }

func load(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("the key file %s cannot be read: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the key file %s is not a file", path)
	}
	// Windows keeps access in lists that the mode does not show.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by others (mode %04o): give it mode 0600", path, info.Mode().Perm())
	}
	ring, err := readRing(path)
	if err != nil {
		return nil, err
	}
	k := &Keys{path: path}
	k.ring.Store(&ring)
	k.stamp.Store(stampOf(info))
	return k, nil
}

func readRing(path string) ([]*key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the key file %s cannot be read: %w", path, err)
	}
	return parseRing(path, string(text))
}

// parseRing gives a key for each line.
func parseRing(path, text string) (all []*key, err error) {
	for line := range strings.Lines(text) {
		coded, marked := strings.CutPrefix(strings.TrimRight(line, "\r\n"), keyMark)
		root, err := base64.RawURLEncoding.Strict().DecodeString(coded)
		if !marked || err != nil || len(root) != keySize {
			return nil, damaged(path)
		}
		k, err := newKey(root)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	if len(all) == 0 {
		return nil, damaged(path)
	}
	return all, nil
}

func damaged(path string) error {
	return fmt.Errorf("the key file %s is damaged: put the right one back from the backup", path)
}

// makeKeyFile leaves a complete file at path, its own or that of another process which was faster.
func makeKeyFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	// A link, unlike a rename, fails if the name is taken: nobody's key is ever replaced.
	return place(path, newLine(), func(from, to string) error {
		if err := os.Link(from, to); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	})
}

// place writes a private file that has its whole text, on the disk itself, before name gives it its name.
func place(path, text string, name func(from, to string) error) error {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := name(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// newLine is a line with a new key.
func newLine() string {
	root := make([]byte, keySize)
	rand.Read(root)
	return keyMark + base64.RawURLEncoding.EncodeToString(root) + "\n"
}

// syncFolder makes the new name survive a power cut: a lost key is a lost database.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func newKey(root []byte) (*key, error) {
	k := &key{root: root}
	seal, err := k.derive("lodge/seal/1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	if k.seal, err = chacha20poly1305.NewX(seal); err != nil {
		return nil, err
	}
	name, err := k.derive("lodge/fingerprint/1", 16)
	k.fingerprint = hex.EncodeToString(name)
	return k, err
}

func (k *key) derive(use string, size int) ([]byte, error) {
	return hkdf.Key(sha256.New, k.root, nil, use, size)
}

// Fingerprint names the key that seals without giving anything of it away: 32 hex digits. A database remembers it.
func (k *Keys) Fingerprint() string { return k.newest().fingerprint }

// Belongs is nil if the key with the remembered fingerprint is in the file; else one sentence for the operator.
func (k *Keys) Belongs(fingerprint string) error {
	if k.named(fingerprint) != nil {
		return nil
	}
	return fmt.Errorf("the key file %s (%.8s) is not the one this database was made with (%.8s): put the right one back", k.path, k.Fingerprint(), fingerprint)
}

// Seal encrypts plain for one purpose. Put the row into the purpose, "totp "+person: then what was sealed for one
// row does not open in another.
func (k *Keys) Seal(purpose string, plain []byte) []byte {
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, 1+chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	out[0] = sealedV1
	rand.Read(out[1:])
	return k.newest().seal.Seal(out, out[1:], plain, []byte(purpose))
}

// Open gives back what Seal was given for the same purpose, or ErrSealed.
func (k *Keys) Open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead || sealed[0] != sealedV1 {
		return nil, ErrSealed
	}
	nonce, body := sealed[1:1+chacha20poly1305.NonceSizeX], sealed[1+chacha20poly1305.NonceSizeX:]
	for _, one := range k.current() {
		if plain, err := one.seal.Open(nil, nonce, body, []byte(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}

// MAC is a keyed hash of 32 bytes: for what is too short to be hashed alone (a code of six digits), and for what goes
// out and must come back unchanged (a cursor). Compare it with SameMAC.
func (k *Keys) MAC(purpose string, message []byte) []byte { return k.newest().mac(purpose, message) }

func (k *key) mac(purpose string, message []byte) []byte {
	key, err := k.derive("lodge/mac/1 "+purpose, sha256.Size)
	if err != nil {
		panic(err) // only a size of more than 8160 bytes can fail
	}
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// SameMAC tells in constant time whether mac belongs to the message.
func (k *Keys) SameMAC(purpose string, message, mac []byte) bool {
	for _, one := range k.current() {
		if hmac.Equal(one.mac(purpose, message), mac) {
			return true
		}
	}
	return false
}

func (k *Keys) String() string   { return "key " + k.Fingerprint()[:8] }
func (k *Keys) GoString() string { return k.String() }
