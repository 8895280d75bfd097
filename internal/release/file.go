package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Upload is a file that was written to the store before, to become part of a release.
type Upload struct {
	Blob     string // id
	Name     string // as the sender calls it
	Kind     string // '' = installer
	Platform string // '' = any
	Arch     string // '' = any
	On       string // civil day of the file; '' = today
}

// PutFile streams a file for a release and hashes it; nothing refers to it until AddFile. The actor needs Manage. As blob.Store.Put.
func (s *Releases) PutFile(ctx context.Context, a who.Actor, size int64, body io.Reader) (blob.Blob, error) {
	if err := a.Must(Manage); err != nil {
		return blob.Blob{}, err
	}
	return s.Blobs.PutWithin(ctx, a, limits, size, body)
}

// AddFile adds a written file to a draft; one of the same name is replaced. The actor needs Manage. Invalid at files, kind,
// platform, arch, date; Conflict of code release.not_a_draft.
func (s *Releases) AddFile(ctx context.Context, a who.Actor, id string, in Upload) (f File, err error) {
	err = s.act(ctx, a, id, func(tx *store.Tx, r Release) error {
		if r.State != Draft && r.State != Signed {
			return notDraft(r)
		}
		in.Kind, in.Platform, in.Arch = or(in.Kind, "installer"), or(in.Platform, "any"), or(in.Arch, "any")
		in.On = or(in.On, clock.Day(tx.Now, a.Zone))
		var c fault.Check
		c.Need(slices.Contains(Kinds, in.Kind), "kind", "release.kind_unknown")
		c.Need(slices.Contains(Platforms, in.Platform), "platform", "release.platform_unknown")
		c.Need(slices.Contains(Archs, in.Arch), "arch", "release.arch_unknown")
		c.Need(civil(in.On), "date", "release.date_odd")
		if err := c.Err(); err != nil {
			return err
		}
		f, err = s.addFile(tx, a, r, in)
		return err
	})
	return f, err
}

func (s *Releases) addFile(tx *store.Tx, a who.Actor, r Release, in Upload) (f File, err error) {
	claimed, err := blob.Claim(tx, a, "files", in.Blob)
	if err != nil {
		return f, err
	}
	b := claimed[0]
	f = File{ID: tx.NewID(), Release: r.ID, Name: blob.CleanName(in.Name), Kind: in.Kind, Platform: in.Platform, Arch: in.Arch, Size: b.Size, SHA256: b.SHA256,
		SHA512: b.SHA512, Blob: b.ID, On: in.On}
	files, err := store.Query[File](tx, selectFiles, r.ID)
	if err != nil {
		return f, err
	}
	others := 0
	for _, old := range files {
		if Key(old.Name) != Key(f.Name) {
			others++
		} else if err := s.removeFile(tx, a, r, old); err != nil {
			return f, err
		}
	}
	if others >= maxFiles {
		return f, fault.New(fault.Conflict, "release.files_many", "max", maxFiles)
	}
	if _, err := tx.Exec(insertFile, f.ID, f.Release, f.Name, Key(f.Name), f.Kind, f.Platform, f.Arch, f.Size, f.SHA256, f.SHA512, f.Blob, f.On, tx.Now); err != nil {
		return f, err
	}
	if err := s.restate(tx, r); err != nil { // the new one has no signature
		return f, err
	}
	return f, s.Events.Emit(tx, a, a.Org, FileAdded{r.ID, f.ID, f.SHA256})
}

// RemoveFile takes a file off a draft. The actor needs Manage.
func (s *Releases) RemoveFile(ctx context.Context, a who.Actor, id, file string) error {
	return s.act(ctx, a, id, func(tx *store.Tx, r Release) error {
		if r.State != Draft && r.State != Signed {
			return notDraft(r)
		}
		f, ok, err := store.Maybe[File](tx, selectFile, file, id)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err == nil {
			err = s.removeFile(tx, a, r, f)
		}
		if err == nil {
			err = s.restate(tx, r)
		}
		return err
	})
}

func (s *Releases) removeFile(tx *store.Tx, a who.Actor, r Release, f File) error {
	if err := blob.Release(tx, f.Blob); err != nil {
		return err
	}
	if _, err := tx.Exec(deleteFile, f.ID); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, a.Org, FileRemoved{r.ID, f.ID})
}

func notDraft(r Release) error {
	return fault.New(fault.Conflict, "release.not_a_draft", "version", r.Name)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// whole reads a file from the store and tells whether it is what was hashed when it came.
func (s *Releases) whole(ctx context.Context, f File) (bool, error) {
	body, err := s.Blobs.Open(ctx, f.Blob, 0, -1)
	if fault.Is(err, "fault.not_found") {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer body.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, body)
	return n == f.Size && hex.EncodeToString(sum.Sum(nil)) == f.SHA256, err
}
