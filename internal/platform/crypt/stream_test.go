package crypt

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// keysOf are keys of one line.
func keysOf(t *testing.T, b byte) *Keys {
	t.Helper()
	one, err := newKey(bytes.Repeat([]byte{b}, keySize))
	if err != nil {
		t.Fatal(err)
	}
	k := &Keys{}
	k.ring.Store(&[]*key{one})
	return k
}

func sealed(t *testing.T, k *Keys, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := k.SealTo(&b, "lodge-test/1")
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(plain))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStream_of_every_length_comes_back_and_nothing_of_it_shows(t *testing.T) {
	k := keysOf(t, 7)
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3*chunk + 77} {
		plain := bytes.Repeat([]byte("secret "), n/7+1)[:n]
		s := sealed(t, k, plain)
		if n > 20 && bytes.Contains(s, []byte("secret secret")) {
			t.Error("the plain text shows")
		}
		r, err := k.OpenFrom(bytes.NewReader(s), "lodge-test/1")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %d come back, %v", n, len(got), err)
		}
	}
}

func TestStream_tells_what_was_cut_altered_moved_or_sealed_with_another_key(t *testing.T) {
	k, other := keysOf(t, 7), keysOf(t, 8)
	s := sealed(t, k, bytes.Repeat([]byte("x"), 3*chunk))
	head := bytes.IndexByte(s, '\n') + 1 + saltSize
	full := chunk + 16
	read := func(b []byte, k *Keys) error {
		r, err := k.OpenFrom(bytes.NewReader(b), "lodge-test/1")
		if err == nil {
			_, err = io.ReadAll(r)
		}
		return err
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  error
	}{
		"cut between chunks": {s[:head+full], ErrCut}, "cut after two": {s[:head+2*full], ErrCut}, "cut in the salt": {s[:head-3], ErrCut}, "cut before the first": {s[:head], ErrCut},
		"cut in a chunk": {s[:head+full+100], ErrSealed}, "one bit": {flip(s, head+full+5), ErrSealed}, "the salt": {flip(s, head-1), ErrSealed},
		"two moved":          {append(append(bytes.Clone(s[:head]), s[head+full:head+2*full]...), s[head:head+full]...), ErrSealed},
		"more after the end": {append(bytes.Clone(s), 1), ErrSealed},
	} {
		if err := read(c.bytes, k); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := read(s, other); err == nil || !strings.Contains(err.Error(), "another key file") {
		t.Errorf("another key: %v", err)
	}
	if err := read([]byte("hello world"), k); err == nil || !strings.Contains(err.Error(), "this is no lodge-test/1") {
		t.Errorf("something else: %v", err)
	}
}

func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 1
	return b
}
