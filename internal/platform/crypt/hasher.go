package crypt

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/fault"
)

// MaxPassword is in bytes after NFC. What is longer is refused before anything is computed.
const MaxPassword = 256

// maxTyped bounds what is normalised at all; NFC makes no text shorter than a quarter.
const maxTyped = 4 * MaxPassword

// What a new hash costs: 19 MiB, two passes, one lane.
const (
	memoryKiB  = 19456
	passes     = 2
	lanes      = 1
	saltBytes  = 16
	digestSize = 32
)

// bigRun is the memory from which only one old hash is verified at a time, in bytes.
const bigRun = 64 << 20

// errBusy is what a waiting caller's time-out is told apart by.
var errBusy = errors.New("crypt: no free slot in time")

// Hasher makes and verifies password hashes. As many run at a time as there are cores; the others wait, at most two
// seconds, then get the fault crypt.busy (503 with RetryAfter). Use one per process, by pointer; the zero value works.
//
// A password is compared over NFC. An old portal's hash is tried on the bytes as typed first, then once on NFC.
type Hasher struct {
	Slots int           // 0: one per core
	Wait  time.Duration // longest wait for a slot; 0: two seconds
	Floor time.Duration // a failed Check takes at least this long, so that the price of an old hash does not show

	once  sync.Once
	slots chan struct{}
	big   chan struct{}
	runs  atomic.Int64
}

// Runs is how often Argon2id ran since the start. Tests compare it: every kind of failed sign-in costs the same.
func (h *Hasher) Runs() int64 { return h.runs.Load() }

// Hash makes the stored form of a new password, PHC text "$argon2id$v=19$m=19456,t=2,p=1$…". It costs one run. Whether the
// password is good enough is not asked here.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	nfc, ok := normal(password)
	if !ok {
		return "", fault.New(fault.Invalid, "crypt.password_too_long", "max", MaxPassword)
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return h.argon([]byte(nfc)), nil
}

// Verify compares a password with what Hash made. It costs one run, none if the password is too long (which is then
// wrong). An error is a busy machine or a damaged hash.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (bool, error) {
	v, err := readArgon(phc)
	if err != nil {
		return false, fmt.Errorf("verify password: %w", err)
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
	return h.try(v, []byte(nfc)), nil
}

// Dummy costs what Verify costs, for a person who has no password or does not exist.
func (h *Hasher) Dummy(ctx context.Context, password string) error {
	nfc, ok := normal(password)
	if !ok {
		return nil
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	h.dummy([]byte(nfc))
	return nil
}

// Check is what a sign-in calls, with everything that is stored for the person: nothing, one hash, or one per old
// portal; of Hash or of Wrap. It gives the place of the one that fits, -1 if none does.
//
// All are tried, even after one fitted, and what needs no Argon2id is followed by a dummy run: with at most one stored
// hash the number of runs says nothing about the person. (A password whose typed form is not NFC costs two
// runs, for everybody.) Several Argon2id hashes of several portals cost one run each; Floor covers that.
func (h *Hasher) Check(ctx context.Context, stored []string, password string) (int, error) {
	verifiers := make([]verifier, len(stored))
	for i, s := range stored {
		v, err := readStored(s)
		if err != nil {
			return -1, fmt.Errorf("check password: stored hash %d: %w", i, err)
		}
		verifiers[i] = v
	}
	floor := time.NewTimer(h.Floor)
	defer floor.Stop()
	found, err := h.check(ctx, verifiers, password)
	if err == nil && found < 0 {
		select {
		case <-floor.C:
		case <-ctx.Done():
			return -1, context.Cause(ctx)
		}
	}
	return found, err
}

func (h *Hasher) check(ctx context.Context, verifiers []verifier, password string) (int, error) {
	nfc, ok := normal(password)
	if !ok {
		return -1, nil
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return -1, err
	}
	defer leave()
	forms := []string{nfc}
	if nfc != password && len(password) <= MaxPassword {
		forms = []string{password, nfc}
	}
	found := -1
	for _, form := range forms {
		ran := false
		for i, v := range verifiers {
			ran = ran || v.argon
			if h.try(v, []byte(form)) && found < 0 {
				found = i
			}
		}
		if !ran {
			h.dummy([]byte(form))
		}
	}
	return found, nil
}

// Current tells whether a stored hash is what Hash makes today. Any other is replaced at the next good sign-in.
func Current(stored string) bool {
	return strings.HasPrefix(stored, fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$", memoryKiB, passes, lanes))
}

// normal is the password over NFC, false if it is too long.
func normal(password string) (string, bool) {
	if len(password) > maxTyped {
		return "", false
	}
	nfc := norm.NFC.String(password)
	return nfc, len(nfc) <= MaxPassword
}

// cores is how many the program may use, read before anybody changes it.
var cores = runtime.GOMAXPROCS(0)

func (h *Hasher) init() {
	n := h.Slots
	if n == 0 {
		n = cores
	}
	h.slots = make(chan struct{}, n)
	h.big = make(chan struct{}, 1)
}

// enter waits for a slot, in turn; leave gives it back.
func (h *Hasher) enter(ctx context.Context) (leave func(), err error) {
	wait := h.Wait
	if wait == 0 {
		wait = 2 * time.Second
	}
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errBusy)
	defer cancel()
	leave, err = h.enterSlowly(ctx)
	if errors.Is(err, errBusy) {
		busy := fault.New(fault.Unavailable, "crypt.busy")
		busy.RetryAfter = 5 * time.Second
		return nil, busy
	}
	return leave, err
}

// enterSlowly waits for a slot as long as the caller does.
func (h *Hasher) enterSlowly(ctx context.Context) (leave func(), err error) {
	h.once.Do(h.init)
	if ctx.Err() != nil { // a select may pick the free slot of a caller who has left
		return nil, context.Cause(ctx)
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// try runs one comparison; the caller has a slot.
func (h *Hasher) try(v verifier, password []byte) bool {
	if v.memory > bigRun {
		h.big <- struct{}{}
		defer func() { <-h.big }()
	}
	if v.argon {
		h.runs.Add(1)
	}
	return v.match(password)
}

// argon hashes with a new salt; the caller has a slot.
func (h *Hasher) argon(secret []byte) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	h.runs.Add(1)
	sum := argon2.IDKey(secret, salt, passes, memoryKiB, lanes, digestSize)
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", memoryKiB, passes, lanes, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// dummy is an Argon2id run whose result nobody needs; the caller has a slot.
func (h *Hasher) dummy(secret []byte) {
	h.runs.Add(1)
	var nowhere [digestSize]byte
	subtle.ConstantTimeCompare(nowhere[:], argon2.IDKey(secret, nowhere[:saltBytes], passes, memoryKiB, lanes, digestSize))
}
