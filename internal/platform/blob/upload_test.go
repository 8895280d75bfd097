package blob

import (
	"io"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

var wide = Limits{File: 1000, Org: 1000}

func begin(t *testing.T, s *Store, size int64) Upload {
	t.Helper()
	u, err := s.Begin(t.Context(), anna, wide, size, "release:1", `{}`)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUploads_in_parts_become_one_file(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		u := begin(t, s, 11)
		if u, err := s.Append(t.Context(), anna, wide, u.ID, 0, strings.NewReader("hello ")); err != nil || u.Received != 6 {
			t.Fatal(u, err)
		}
		if _, err := s.Whole(t.Context(), anna, wide, u.ID); fault.Status(err) != 409 {
			t.Errorf("half of it: %v", err)
		}
		for _, offset := range []int64{0, 5, 7, 11} {
			if _, err := s.Append(t.Context(), anna, wide, u.ID, offset, strings.NewReader("x")); fault.Status(err) != 409 {
				t.Errorf("at %d: %v", offset, err)
			}
		}
		if _, err := s.Append(t.Context(), anna, wide, u.ID, 6, strings.NewReader("world and more")); fault.Status(err) != 400 {
			t.Errorf("more than was announced: %v", err)
		}
		if now, err := s.Append(t.Context(), anna, wide, u.ID, 6, strings.NewReader("world")); err != nil || now.Received != 11 {
			t.Fatal(now, err)
		}
		b, err := s.Whole(t.Context(), anna, wide, u.ID)
		if err != nil || b.Size != 11 || b.SHA256 != "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9" {
			t.Fatalf("%+v %v", b, err)
		}
		if err := claim(t, s, anna, b.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), anna, u.ID); err != nil {
			t.Fatal(err)
		}
		if u, err := s.Upload(t.Context(), anna, u.ID); err != nil || !u.Finished || u.Received != 11 {
			t.Errorf("%+v %v", u, err)
		}
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 1 {
			t.Errorf("%d files (%v)", files(t, s), err)
		}
	})
}

func TestAttack_FILE_13_what_came_before_a_cut_stays_and_goes_on(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		u := begin(t, s, 10)
		if _, err := s.Append(t.Context(), anna, wide, u.ID, 0, io.MultiReader(strings.NewReader("four"), failing{})); fault.Status(err) != 400 {
			t.Errorf("cut: %v", err)
		}
		if _, err := s.Append(t.Context(), anna, wide, u.ID, 4, failing{}); err == nil {
			t.Error("cut at once, and nothing is said")
		}
		now, err := s.Append(t.Context(), anna, wide, u.ID, 4, strings.NewReader("andsix"))
		if err != nil || now.Received != 10 {
			t.Fatal(now, err)
		}
		b, err := s.Whole(t.Context(), anna, wide, u.ID)
		if err != nil || b.Size != 10 {
			t.Error(b, err)
		}
	})
}

func TestAttack_FILE_03_somebody_else_s_upload_does_not_exist_and_expired_ones_vanish(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		u := begin(t, s, 10)
		if _, err := s.Append(t.Context(), anna, wide, u.ID, 0, strings.NewReader("four")); err != nil {
			t.Fatal(err)
		}
		for _, a := range []struct{ Person, Org string }{{"piotr", "a"}, {"anna", "b"}} {
			other := anna
			other.Person, other.Org = a.Person, a.Org
			for what, err := range map[string]error{
				"read":   second(s.Upload(t.Context(), other, u.ID)),
				"append": second(s.Append(t.Context(), other, wide, u.ID, 4, strings.NewReader("x"))),
				"whole":  second(s.Whole(t.Context(), other, wide, u.ID)), "cancel": s.Cancel(t.Context(), other, u.ID), "finish": s.Finish(t.Context(), other, u.ID),
			} {
				if fault.Status(err) != 404 {
					t.Errorf("%s %s: %v", a, what, err)
				}
			}
		}
		now := db.Clock.(*clock.Fake)
		now.Add(23 * time.Hour)
		if _, err := s.Append(t.Context(), anna, wide, u.ID, 4, strings.NewReader("more")); err != nil {
			t.Fatal(err)
		}
		now.Add(23 * time.Hour)
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 2 {
			t.Errorf("one that goes on was swept: %d files (%v)", files(t, s), err)
		}
		now.Add(2 * time.Hour)
		if _, err := s.Upload(t.Context(), anna, u.ID); fault.Status(err) != 404 {
			t.Errorf("expired: %v", err)
		}
		now.Add(clock.Slip)
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 0 {
			t.Errorf("%d files (%v)", files(t, s), err)
		}
		again := begin(t, s, 4)
		if _, err := s.Append(t.Context(), anna, wide, again.ID, 0, strings.NewReader("four")); err != nil {
			t.Fatal(err)
		}
		if err := s.Cancel(t.Context(), anna, again.ID); err != nil {
			t.Error(err)
		}
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 0 {
			t.Errorf("stopped: %d files (%v)", files(t, s), err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestAttack_FILE_04_uploads_in_parts_never_pass_the_quota(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		for size, status := range map[int64]int{1001: 413, -1: 400} {
			if _, err := s.Begin(t.Context(), anna, wide, size, "", ""); fault.Status(err) != status {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
		u := begin(t, s, 900)
		if _, err := s.Append(t.Context(), anna, wide, u.ID, 0, strings.NewReader(strings.Repeat("x", 800))); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutWithin(t.Context(), anna, wide, 300, neverRead{t}); fault.Status(err) != 413 {
			t.Errorf("beside the parts: %v", err)
		}
		for range uploadsMost - 1 {
			begin(t, s, 1)
		}
		if _, err := s.Begin(t.Context(), anna, wide, 1, "", ""); fault.Status(err) != 409 {
			t.Errorf("uploads without end: %v", err)
		}
	})
}
