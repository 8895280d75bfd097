package crypt

import (
	"bufio"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// A sealed stream is a line that names its purpose and the key's fingerprint, 32 random bytes, and chunks of 64 kB, each sealed with
// ChaCha20-Poly1305 under a key of this stream. The nonce counts the chunks and marks the last one, so that chunks cannot be cut off,
// left out, repeated or moved (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
const (
	chunk    = 64 << 10
	saltSize = 32
)

// ErrCut is the end of a sealed stream before its last chunk.
var ErrCut = errors.New("the end is missing")

// SealTo gives a writer that seals what is written to it; Close writes the last chunk and does not close w. purpose is one line without blanks.
func (k *Keys) SealTo(w io.Writer, purpose string) (io.WriteCloser, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	newest := k.newest()
	aead, err := newest.stream(purpose, salt)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(w, "%s %s\n%s", purpose, newest.fingerprint, salt); err != nil {
		return nil, err
	}
	return &sealer{w: w, aead: aead, buf: make([]byte, 0, chunk)}, nil
}

// OpenFrom reads what SealTo wrote. The error says whether it is no such stream, or sealed with another key; reading ends in ErrSealed for
// what was altered and ErrCut for what was cut: what was read until then is authentic, but not all.
func (k *Keys) OpenFrom(r io.Reader, purpose string) (io.Reader, error) {
	b := bufio.NewReaderSize(r, chunk+chacha20poly1305.Overhead+1)
	line, err := b.ReadSlice('\n')
	if err != nil || len(line) > 200 {
		return nil, fmt.Errorf("this is no %s", purpose)
	}
	var kind, print string
	if n, err := fmt.Sscanf(string(line), "%s %s\n", &kind, &print); n != 2 || err != nil || kind != purpose {
		return nil, fmt.Errorf("this is no %s", purpose)
	}
	one := k.named(print)
	if one == nil {
		return nil, fmt.Errorf("it was sealed with another key file (%s) than this one (%s)", print, k.Fingerprint())
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(b, salt); err != nil {
		return nil, ErrCut
	}
	aead, err := one.stream(purpose, salt)
	return &opener{r: b, aead: aead, sealed: make([]byte, chunk+chacha20poly1305.Overhead), opened: make([]byte, 0, chunk)}, err
}

func (k *key) stream(purpose string, salt []byte) (cipher.AEAD, error) {
	root, err := k.derive("lodge/stream/"+purpose, chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, root, salt, purpose, chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	return chacha20poly1305.New(key)
}

// nonce of the n-th chunk: eleven bytes of counter, one that is 1 for the last.
func nonce(n uint64, last bool) []byte {
	b := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(b[3:11], n)
	if last {
		b[11] = 1
	}
	return b
}

type sealer struct {
	w    io.Writer
	aead cipher.AEAD
	buf  []byte
	n    uint64
}

func (s *sealer) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if len(s.buf) == chunk { // only now it is known not to be the last
			if err := s.flush(false); err != nil {
				return n, err
			}
		}
		take := min(chunk-len(s.buf), len(p))
		s.buf, p, n = append(s.buf, p[:take]...), p[take:], n+take
	}
	return n, nil
}

func (s *sealer) flush(last bool) error {
	_, err := s.w.Write(s.aead.Seal(nil, nonce(s.n, last), s.buf, nil))
	s.buf, s.n = s.buf[:0], s.n+1
	return err
}

func (s *sealer) Close() error { return s.flush(true) }

type opener struct {
	r      *bufio.Reader
	aead   cipher.AEAD
	sealed []byte
	opened []byte // room for a chunk
	plain  []byte // of it what is not read yet
	n      uint64
	err    error
}

func (o *opener) Read(p []byte) (int, error) {
	for len(o.plain) == 0 && o.err == nil {
		o.err = o.next()
	}
	if len(o.plain) > 0 {
		n := copy(p, o.plain)
		o.plain = o.plain[n:]
		return n, nil
	}
	return 0, o.err
}

// next opens a chunk; io.EOF comes with the last one.
func (o *opener) next() error {
	n, err := io.ReadFull(o.r, o.sealed)
	if err == io.EOF {
		return ErrCut
	}
	if err != nil && err != io.ErrUnexpectedEOF {
		return err
	}
	_, peekErr := o.r.Peek(1)
	last := err == io.ErrUnexpectedEOF || peekErr == io.EOF
	plain, err := o.aead.Open(o.opened[:0], nonce(o.n, last), o.sealed[:n], nil)
	if err != nil && last { // whole chunks, and then nothing: the end was cut off between two
		if _, cut := o.aead.Open(nil, nonce(o.n, false), o.sealed[:n], nil); cut == nil {
			return ErrCut
		}
	}
	if err != nil {
		return ErrSealed
	}
	o.plain, o.n = plain, o.n+1
	if last {
		return io.EOF
	}
	return nil
}
