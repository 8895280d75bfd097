package release

import (
	"context"
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

func (p API) registerFiles(s *api.API) {
	api.Stream(s, api.Op{ID: "put-release-file", Method: "PUT", Path: "/releases/{id}/files/{name}", Tag: releaseChapter, Summary: "Add a file to a draft, or replace it", Status: http.StatusCreated,
		Text: "The body is the file; it is hashed while it comes, and one that is cut leaves nothing.", Brings: octets, Answer: AFile{}, Largest: MaxFile, Errors: []int{409, 411}},
		Manage, false, p.put)
	api.Stream(s, api.Op{ID: "get-release-file", Method: "GET", Path: "/releases/{id}/files/{name}", Tag: releaseChapter, Summary: "Fetch a file of a release, whatever its state", Gives: octets, Parts: true},
		ViewReleases, false, p.sendFile)
	api.Register(s, api.Op{ID: "remove-release-file", Method: "DELETE", Path: "/releases/{id}/files/{name}", Tag: releaseChapter, Summary: "Take a file off a draft", Status: http.StatusNoContent,
		Errors: []int{409}}, Manage, p.remove)
}

// NamedFile names a file of a release.
type NamedFile struct {
	OneRelease
	Name string `path:"name" doc:"Of the file; letter case has no meaning."`
}

type putAsked struct {
	NamedFile
	Kind     string `query:"kind" enum:"installer,archive,package,image,document,other" doc:"Default: installer."`
	Platform string `query:"platform" enum:"any,windows,linux,macos"`
	Arch     string `query:"arch" enum:"any,x64,x86,arm64"`
	Date     string `query:"date" doc:"Civil day of the file; default: today."`
}

// put streams the file to the store before it becomes part of the release: what is cut on the way is swept there.
func (p API) put(w http.ResponseWriter, r *http.Request, a who.Actor, in *putAsked) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	was, err := p.Releases.Get(r.Context(), a, in.ID)
	if err != nil {
		return err
	}
	if was.State != Draft && was.State != Signed {
		return notDraft(was.Release) // before gigabytes come for nothing
	}
	b, err := p.Releases.PutFile(r.Context(), a, r.ContentLength, r.Body)
	if err != nil {
		return err
	}
	f, err := p.Releases.AddFile(r.Context(), a, in.ID, Upload{Blob: b.ID, Name: in.Name, Kind: in.Kind, Platform: in.Platform, Arch: in.Arch, On: in.Date})
	if err != nil {
		return err
	}
	return api.Send(w, http.StatusCreated, r.URL.Path, apiFile(f))
}

// named finds a file of a release by its name.
func (p API) named(ctx context.Context, a who.Actor, in NamedFile) (File, error) {
	r, err := p.Releases.Get(ctx, a, in.ID)
	if err != nil {
		return File{}, err
	}
	for _, f := range r.Files {
		if Key(f.Name) == Key(blob.CleanName(in.Name)) {
			return f, nil
		}
	}
	return File{}, fault.Missing()
}

func (p API) sendFile(w http.ResponseWriter, r *http.Request, a who.Actor, in *NamedFile) error {
	f, err := p.named(r.Context(), a, *in)
	if err != nil {
		return err
	}
	return web.SendFile(w, r, Pages{Releases: p.Releases}.attachment(f))
}

func (p API) remove(ctx context.Context, a who.Actor, in *NamedFile) (*struct{}, error) {
	f, err := p.named(ctx, a, *in)
	if err != nil {
		return nil, err
	}
	return &struct{}{}, p.Releases.RemoveFile(ctx, a, in.ID, f.ID)
}
