package release

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// purpose is what an upload for a release is for.
func purpose(id string) string { return "release:" + id }

// BeginUpload announces a file of a draft that will come in parts. The actor needs Manage. Conflict of code release.not_a_draft; as blob.Store.Begin.
func (s *Releases) BeginUpload(ctx context.Context, a who.Actor, id string, size int64, in Upload) (blob.Upload, error) {
	r, err := s.draft(ctx, a, id)
	if err != nil {
		return blob.Upload{}, err
	}
	var c fault.Check
	c.Need(in.Name != "", "filename", "release.file_missing")
	c.Need(in.Kind == "" || slices.Contains(Kinds, in.Kind), "kind", "release.kind_unknown")
	c.Need(in.Platform == "" || slices.Contains(Platforms, in.Platform), "platform", "release.platform_unknown")
	c.Need(in.Arch == "" || slices.Contains(Archs, in.Arch), "arch", "release.arch_unknown")
	if err := c.Err(); err != nil {
		return blob.Upload{}, err
	}
	in.Name = blob.CleanName(in.Name)
	about, err := json.Marshal(in)
	if err != nil {
		return blob.Upload{}, err
	}
	return s.Blobs.Begin(ctx, a, limits, size, purpose(r.ID), string(about))
}

// draft gives a release that still takes files.
func (s *Releases) draft(ctx context.Context, a who.Actor, id string) (Release, error) {
	if err := a.Must(Manage); err != nil {
		return Release{}, err
	}
	r, err := s.Get(ctx, a, id)
	if err == nil && r.State != Draft && r.State != Signed {
		err = notDraft(r.Release)
	}
	return r.Release, err
}

// UploadOf gives an upload of the actor's for a release and the release's id; ” of a release that the caller does not know. The actor needs Manage.
func (s *Releases) UploadOf(ctx context.Context, a who.Actor, id, upload string) (u blob.Upload, release string, err error) {
	if err := a.Must(Manage); err != nil {
		return u, "", err
	}
	u, err = s.Blobs.Upload(ctx, a, upload)
	release, ours := strings.CutPrefix(u.Purpose, purpose(""))
	if err == nil && (!ours || id != "" && id != release) {
		err = fault.Missing()
	}
	return u, release, err
}

// Receive adds a part of an upload; with the last one the file becomes part of the release. The actor needs Manage. As blob.Store.Append and
// AddFile. After a failure of the last step an empty part at the end tries it again.
func (s *Releases) Receive(ctx context.Context, a who.Actor, id, upload string, offset int64, body io.Reader) (blob.Upload, error) {
	u, release, err := s.UploadOf(ctx, a, id, upload)
	if err != nil {
		return u, err
	}
	if _, err := s.draft(ctx, a, release); err != nil && !u.Finished {
		return u, err
	}
	if u, err = s.Blobs.Append(ctx, a, limits, upload, offset, body); err != nil || u.Finished || u.Received < u.Size {
		return u, err
	}
	var in Upload
	if err := json.Unmarshal([]byte(u.About), &in); err != nil {
		return u, err
	}
	b, err := s.Blobs.Whole(ctx, a, limits, upload)
	if err != nil {
		return u, err
	}
	in.Blob = b.ID
	if _, err := s.AddFile(context.WithoutCancel(ctx), a, release, in); err != nil {
		return u, err
	}
	return u, s.Blobs.Finish(context.WithoutCancel(ctx), a, upload)
}

// StopUpload gives an upload up; a file that is complete stays. The actor needs Manage.
func (s *Releases) StopUpload(ctx context.Context, a who.Actor, id, upload string) error {
	if _, _, err := s.UploadOf(ctx, a, id, upload); err != nil {
		return err
	}
	return s.Blobs.Cancel(ctx, a, upload)
}
