package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"lodge/internal/platform/blob/blobtest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

var anna = who.Actor{Person: "anna", Org: "a", Member: "a", Source: who.Own}

// each runs f with files in a folder on both engines, and with files in a bucket of a real S3 server.
func each(t *testing.T, f func(t *testing.T, db *store.DB, s *Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, db, open(t, db, "file://"+filepath.Join(t.TempDir(), "files"))) })
	t.Run("bucket", func(t *testing.T) {
		t.Parallel()
		b := blobtest.Start(t)
		db := storetest.Lite(t)
		s := open(t, db, b.Address+"&prefix=lodge")
		f(t, db, s)
	})
}

func open(t *testing.T, db *store.DB, address string) *Store {
	t.Helper()
	s, err := Open(t.Context(), db, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func claim(t *testing.T, s *Store, a who.Actor, ids ...string) error {
	t.Helper()
	return s.DB.Write(t.Context(), store.Free, func(tx *store.Tx) error {
		_, err := Claim(tx, a, "files", ids...)
		return err
	})
}

// files counts what lies in the store, half-written ones too.
func files(t *testing.T, s *Store) (n int) {
	t.Helper()
	if s.s3 != nil {
		all, err := s.s3.client.ListObjectsV2(t.Context(), &awss3.ListObjectsV2Input{Bucket: &s.s3.bucket})
		if err != nil {
			t.Fatal(err)
		}
		begun, err := s.s3.client.ListMultipartUploads(t.Context(), &awss3.ListMultipartUploadsInput{Bucket: &s.s3.bucket})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range all.Contents {
			if !strings.HasPrefix(*o.Key, "lodge/") {
				t.Errorf("%s stands outside the prefix", *o.Key)
			}
		}
		return len(all.Contents) + len(begun.Uploads)
	}
	err := filepath.WalkDir(s.disk.folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPut_streams_hashes_and_gives_back(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		b, err := s.Put(t.Context(), anna, 5, strings.NewReader("hello"))
		if err != nil || b.Size != 5 || b.SHA256 != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
			t.Fatalf("%+v %v", b, err)
		}
		if err := claim(t, s, anna, b.ID); err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(t.Context(), b.ID, 1, 3)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, _ := io.ReadAll(r); string(got) != "ell" {
			t.Errorf("%q", got)
		}
	})
}

func TestAttack_FILE_03_somebody_else_s_upload_cannot_be_claimed(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		b, err := s.Put(t.Context(), anna, 1, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		colleague, stranger := anna, anna
		colleague.Person, stranger.Org = "piotr", "b"
		for name, a := range map[string]who.Actor{"colleague": colleague, "other organisation": stranger} {
			if err := claim(t, s, a, b.ID); fault.Status(err) != 422 {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := claim(t, s, anna, "NOSUCHFILE"); fault.Status(err) != 422 {
			t.Errorf("unknown: %v", err)
		}
		if err := claim(t, s, anna, b.ID); err != nil {
			t.Errorf("the rightful one: %v", err)
		}
		if err := claim(t, s, anna, b.ID); fault.Status(err) != 422 {
			t.Errorf("twice: %v", err)
		}
	})
}

func TestAttack_FILE_03_abandoned_uploads_vanish(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		kept, err := s.Put(t.Context(), anna, 4, strings.NewReader("kept"))
		if err != nil {
			t.Fatal(err)
		}
		if err := claim(t, s, anna, kept.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(t.Context(), anna, 4, strings.NewReader("left")); err != nil {
			t.Fatal(err)
		}
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 2 {
			t.Fatalf("swept too early: %v", err)
		}
		db.Clock.(*clock.Fake).Add(25*time.Hour + clock.Slip)
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 1 {
			t.Errorf("%d files (%v)", files(t, s), err)
		}
	})
}

func TestAttack_FILE_04_parallel_uploads_never_pass_the_quota(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		s.Quota, s.Largest = 100, 60
		if _, err := s.Put(t.Context(), anna, 61, neverRead{t}); fault.Status(err) != 413 {
			t.Errorf("too large a file: %v", err)
		}
		var taken atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := s.Put(t.Context(), anna, 10, bytes.NewReader(make([]byte, 10))); err == nil {
					taken.Add(1)
				} else if fault.Status(err) != 413 {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 10 {
			t.Errorf("%d of ten bytes in a quota of 100", taken.Load())
		}
		other := anna
		other.Org = "b"
		if _, err := s.Put(t.Context(), other, 10, bytes.NewReader(make([]byte, 10))); err != nil {
			t.Errorf("another organisation: %v", err)
		}
	})
}

func TestAttack_FILE_04_a_disk_that_fills_up_takes_nothing_more(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db, "file://"+filepath.Join(t.TempDir(), "files"))
		s.Spare = 1 << 60
		_, err := s.Put(t.Context(), anna, 10, neverRead{t})
		if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || f.RetryAfter == 0 {
			t.Errorf("a full disk: %v", err)
		}
		if s.Check(t.Context()) == nil {
			t.Error("doctor is told nothing")
		}
		s.Spare = 0
		if _, err := s.Put(t.Context(), anna, 10, bytes.NewReader(make([]byte, 10))); err != nil {
			t.Errorf("with room again: %v", err)
		}
	})
}

type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("read before it was counted")
	return 0, io.EOF
}

func TestAttack_FILE_13_a_cut_upload_leaves_nothing(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		cut := io.MultiReader(strings.NewReader(strings.Repeat("x", 990)), failing{})
		if _, err := s.Put(t.Context(), anna, 1000, cut); err == nil {
			t.Fatal("a cut upload was taken")
		}
		for name, said := range map[string]int64{"shorter than said": 5, "longer than said": 3} {
			if _, err := s.Put(t.Context(), anna, said, strings.NewReader("four")); fault.Status(err) != 400 {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := files(t, s); n != 0 {
			t.Errorf("%d files left", n)
		}
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			n, err := store.One[int](tx, `SELECT count(*) FROM blob`)
			if n != 0 {
				t.Errorf("%d rows left", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

func TestAttack_FILE_13_killed_between_file_and_row(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, s *Store) {
		id, err := s.announce(t.Context(), anna, Limits{File: 4, Org: 4}, 4) // then the bytes arrive, and the process dies
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.stream(t.Context(), id, strings.NewReader("four"), func(int64) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if err := claim(t, s, anna, id); fault.Status(err) != 422 {
			t.Errorf("half an upload is reachable: %v", err)
		}
		db.Clock.(*clock.Fake).Add(25*time.Hour + clock.Slip)
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 0 {
			t.Errorf("%d files (%v)", files(t, s), err)
		}
	})
}

func TestAttack_FILE_13_killed_while_it_wrote(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db, "file://"+filepath.Join(t.TempDir(), "files"))
		db.Point = func(_ context.Context, name string) {
			if name == "blob.streamed" {
				runtime.Goexit()
			}
		}
		died := make(chan struct{})
		go func() { defer close(died); s.Put(t.Context(), anna, 4, strings.NewReader("four")) }()
		<-died
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 1 {
			t.Fatalf("%d files right after it died (%v)", files(t, s), err)
		}
		db.Clock.(*clock.Fake).Add(25*time.Hour + clock.Slip)
		if err := s.Sweep(t.Context()); err != nil || files(t, s) != 0 {
			t.Errorf("%d files (%v)", files(t, s), err)
		}
	})
}

func TestOpen_says_what_is_wrong_with_the_folder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"file://" + file, "ftp://x/y", "", "file://", "s3://", "s3://b?region=x&who=me"} {
		if _, err := Open(t.Context(), nil, address); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}
