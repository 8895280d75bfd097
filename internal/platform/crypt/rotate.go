package crypt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"lodge/internal/platform/clock"
)

// Reread is how long a running process may go on without the key that was put in front.
const Reread = time.Second

// current are the keys as the file has them, looked at once a second. A file that cannot be read changes nothing: the keys are known.
func (k *Keys) current() []*key {
	now := (clock.Real{}).Now().UnixMilli()
	if wait := k.look.Load() - now; k.path != "" && (wait <= 0 || wait > Reread.Milliseconds()) { // later: the clock was put back
		k.look.Store(now + Reread.Milliseconds())
		if info, err := os.Stat(k.path); err == nil && stampOf(info) != k.stamp.Load() {
			if ring, err := readRing(k.path); err == nil {
				k.ring.Store(&ring)
				k.stamp.Store(stampOf(info))
			}
		}
	}
	return *k.ring.Load()
}

func stampOf(info fs.FileInfo) int64 { return info.ModTime().UnixNano() ^ info.Size()<<48 }

func (k *Keys) newest() *key { return k.current()[0] }

// named is the key with the fingerprint, nil if the file has none.
func (k *Keys) named(fingerprint string) *key {
	for _, one := range k.current() {
		if one.fingerprint == fingerprint {
			return one
		}
	}
	return nil
}

// Reseal seals again, with the newest key, what an older one sealed for the purpose; changed is false if there is nothing to do.
func (k *Keys) Reseal(purpose string, sealed []byte) (again []byte, changed bool, err error) {
	newest := &Keys{}
	ring := []*key{k.newest()}
	newest.ring.Store(&ring)
	if _, err := newest.Open(purpose, sealed); err == nil {
		return sealed, false, nil
	}
	plain, err := k.Open(purpose, sealed)
	if err != nil {
		return nil, false, err
	}
	return newest.Seal(purpose, plain), true, nil
}

// Rotate puts a new key in front of the others. A change that was begun and not ended goes on with the key that it made.
func (k *Keys) Rotate() error {
	text, ring, err := k.file()
	if err != nil || len(ring) > 1 {
		return err
	}
	return k.replace(newLine() + text)
}

// Retire leaves the newest key alone in the file. The others stay in files beside it, for what was sealed elsewhere (backups); kept names them.
func (k *Keys) Retire() (kept []string, err error) {
	text, ring, err := k.file()
	if err != nil {
		return nil, err
	}
	lines := slices.Collect(strings.Lines(text)) // one for each of the ring
	for i, one := range ring {
		if i == 0 {
			continue
		}
		name := k.path + ".until-" + clock.Day((clock.Real{}).Now(), time.UTC) + "-" + one.fingerprint[:8]
		if err := place(name, strings.TrimSpace(lines[i])+"\n", os.Rename); err != nil {
			return kept, err
		}
		kept = append(kept, name)
	}
	return kept, k.replace(strings.TrimSpace(lines[0]) + "\n")
}

// file reads the file as it is now: what current remembers may be a second old, and a key that was put in front since would be lost.
func (k *Keys) file() (text string, ring []*key, err error) {
	b, err := os.ReadFile(k.path)
	if err != nil {
		return "", nil, fmt.Errorf("the key file %s cannot be read: %w", k.path, err)
	}
	ring, err = parseRing(k.path, string(b))
	return string(b), ring, err
}

// replace changes the file in one step, and what this process knows.
func (k *Keys) replace(text string) error {
	if err := place(k.path, text, os.Rename); err != nil {
		return err
	}
	k.look.Store(0)
	k.current()
	return nil
}

// Hold keeps other processes of this machine from changing the file until release is called, or until this process dies: it locks the folder,
// because the file itself is replaced. An error if another is at it.
func (k *Keys) Hold() (release func() error, err error) {
	f, err := os.Open(filepath.Dir(k.path))
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("the key file %s is being changed by another process: %w", k.path, err), f.Close())
	}
	return f.Close, nil
}
