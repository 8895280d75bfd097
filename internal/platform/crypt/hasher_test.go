package crypt

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lodge/internal/platform/fault"
)

func hashOf(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	phc, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

func wrap(t *testing.T, h *Hasher, scheme, old string) string {
	t.Helper()
	stored, err := h.Wrap(t.Context(), Old{scheme, old})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestHash_is_argon2id_and_verifies_only_its_password(t *testing.T) {
	h := &Hasher{}
	phc := hashOf(t, h, "correct horse battery")
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") || !Current(phc) {
		t.Fatalf("got %s", phc)
	}
	if phc == hashOf(t, h, "correct horse battery") {
		t.Error("two hashes of one password are equal: no salt")
	}
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterz": false, "": false, "correct horse battery ": false} {
		if ok, err := h.Verify(t.Context(), phc, password); err != nil || ok != want {
			t.Errorf("%q: got %v, %v", password, ok, err)
		}
	}
	if Current(strings.Replace(phc, "t=2", "t=1", 1)) {
		t.Error("cheaper parameters pass as today's")
	}
}

// The reference implementation's own vector: argon2id, version 19, password "password", salt "somesalt".
func TestVerify_agrees_with_the_reference_implementation(t *testing.T) {
	h := &Hasher{}
	ok, err := h.Verify(t.Context(), "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password")
	if err != nil || !ok {
		t.Errorf("got %v, %v", ok, err)
	}
}

// guard: crypt.normal
func TestAttack_ID_37_a_password_is_the_same_however_its_letters_are_composed(t *testing.T) {
	h := &Hasher{}
	composed, decomposed := "Zażółć-gęślą-jaźń", "Zaz\u0307o\u0301łc\u0301-ge\u0328s\u0301la\u0328-jaz\u0301n\u0301"
	if composed == decomposed {
		t.Fatal("the test has lost its two forms")
	}
	for _, set := range []string{composed, decomposed} {
		phc := hashOf(t, h, set)
		for _, typed := range []string{composed, decomposed} {
			if ok, err := h.Verify(t.Context(), phc, typed); err != nil || !ok {
				t.Errorf("set as %+q, typed as %+q: %v, %v", set, typed, ok, err)
			}
			if at, err := h.Check(t.Context(), []string{phc}, typed); err != nil || at != 0 {
				t.Errorf("Check, set as %+q, typed as %+q: %d, %v", set, typed, at, err)
			}
		}
	}
}

// guard: crypt.normal
func TestAttack_DOS_01_passwords_over_256_bytes_are_refused_before_hashing(t *testing.T) {
	h := &Hasher{}
	longest := strings.Repeat("ä", 128)
	phc := hashOf(t, h, longest)
	if ok, err := h.Verify(t.Context(), phc, longest); err != nil || !ok {
		t.Fatalf("256 bytes: %v, %v", ok, err)
	}
	before := h.Runs()
	for _, long := range []string{longest + "a", strings.Repeat("a", 1<<20)} {
		if _, err := h.Hash(t.Context(), long); !fault.Is(err, "crypt.password_too_long") || fault.Status(err) != 422 {
			t.Errorf("Hash: %v", err)
		}
		if ok, err := h.Verify(t.Context(), phc, long); ok || err != nil {
			t.Errorf("Verify: %v, %v", ok, err)
		}
		if at, err := h.Check(t.Context(), []string{phc}, long); at != -1 || err != nil {
			t.Errorf("Check: %v, %v", at, err)
		}
		if err := h.Dummy(t.Context(), long); err != nil {
			t.Error(err)
		}
	}
	if h.Runs() != before {
		t.Errorf("%d runs were paid for", h.Runs()-before)
	}
}

// guard: crypt.Hasher.enter
func TestAttack_DOS_01_no_more_run_at_a_time_than_there_are_slots(t *testing.T) {
	h := &Hasher{Slots: 2, Wait: time.Minute}
	var now, most, done atomic.Int64
	v := verifier{argon: true, match: func([]byte) bool {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(time.Millisecond)
		now.Add(-1)
		done.Add(1)
		return false
	}}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if _, err := h.check(t.Context(), []verifier{v}, "x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() != 2 || done.Load() != 200 {
		t.Errorf("%d at a time, %d in all", most.Load(), done.Load())
	}
}

// guard: crypt.Hasher.enter
func TestAttack_DOS_01_who_waits_two_seconds_gets_503_with_a_time_to_come_back(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &Hasher{Slots: 1}
		leave, err := h.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = h.Hash(t.Context(), "correct horse battery")
		if f := fault.Of(err); f == nil || f.Code != "crypt.busy" || f.Kind != fault.Unavailable || f.RetryAfter <= 0 {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := h.Dummy(gone, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who left gets %v", err)
		}
		leave()
		if _, err = h.Hash(t.Context(), "correct horse battery"); err != nil {
			t.Errorf("after the slot is free again: %v", err)
		}
	})
}

// guard: crypt.Hasher.Check
func TestAttack_ID_32_a_failed_check_costs_one_run_whatever_is_stored(t *testing.T) {
	h := &Hasher{}
	const right, wrong = "Źródło-Heather-3881", "Źródło-Heather-3882"
	phc := hashOf(t, h, right)
	for _, c := range []struct {
		name   string
		stored []string
	}{
		{"nobody_or_no_password", nil},
		{"a_new_hash", []string{phc}},
		{"an_old_argon2id", []string{"argon2id:" + phc}},
		{"an_old_bcrypt", []string{wrap(t, h, "bcrypt", "$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e")}},
		{"a_wrapped_md5", []string{wrap(t, h, "md5-hex", "sp$abc$5f4dcc3b5aa765d61d8327deb882cf99")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for typed, want := range map[string]int64{wrong: 1, "Z\u0301ro\u0301dło": 2} {
				before := h.Runs()
				if at, err := h.Check(t.Context(), c.stored, typed); at != -1 || err != nil {
					t.Fatalf("got %d, %v", at, err)
				}
				if got := h.Runs() - before; got != want {
					t.Errorf("%+q cost %d runs, want %d", typed, got, want)
				}
			}
		})
	}
	for name, one := range map[string]func() error{
		"Verify": func() error { _, err := h.Verify(t.Context(), phc, wrong); return err },
		"Dummy":  func() error { return h.Dummy(t.Context(), wrong) },
		"Hash":   func() error { _, err := h.Hash(t.Context(), wrong); return err },
	} {
		before := h.Runs()
		if err := one(); err != nil || h.Runs()-before != 1 {
			t.Errorf("%s cost %d runs, %v", name, h.Runs()-before, err)
		}
	}
}

// guard: crypt.Hasher.Floor
func TestAttack_ID_32_a_failed_check_does_not_answer_before_the_floor(t *testing.T) {
	h := &Hasher{}
	phc := hashOf(t, h, "correct horse battery")
	synctest.Test(t, func(t *testing.T) {
		h := &Hasher{Floor: 300 * time.Millisecond}
		for _, stored := range [][]string{nil, {phc}} {
			start := time.Now()
			if at, err := h.Check(t.Context(), stored, "wrong"); at != -1 || err != nil {
				t.Fatalf("got %d, %v", at, err)
			}
			if took := time.Since(start); took != h.Floor {
				t.Errorf("took %v", took)
			}
		}
		start := time.Now()
		if at, err := h.Check(t.Context(), []string{phc}, "correct horse battery"); at != 0 || err != nil {
			t.Fatalf("got %d, %v", at, err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("a good one waited %v", took)
		}
	})
}

func TestCheck_finds_which_of_several_stored_hashes_fits(t *testing.T) {
	h := &Hasher{}
	stored := []string{
		wrap(t, h, "md5-hex", "sp$abc$5f4dcc3b5aa765d61d8327deb882cf99"),
		wrap(t, h, "bcrypt", "$2b$04$abcdefghijklmnopqrstuujqD4mI0lLziHj7zVxHvUwjHN7NjphnO"),
		hashOf(t, h, "correct horse battery"),
	}
	for password, want := range map[string]int{"Zażółć gęślą jaźń 7": 1, "correct horse battery": 2, "neither of them": -1} {
		if at, err := h.Check(t.Context(), stored, password); err != nil || at != want {
			t.Errorf("%q: got %d, %v, want %d", password, at, err, want)
		}
	}
	if _, err := h.Check(t.Context(), []string{"md5-hex:sp$abc$5f4dcc3b5aa765d61d8327deb882cf99"}, "x"); err == nil {
		t.Error("a weak hash that was never wrapped is used")
	}
}
