package release

import (
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

func (p API) registerUploads(s *api.API) {
	api.Stream(s, api.Op{ID: "begin-upload", Method: "POST", Path: "/uploads", Tag: releaseChapter, Summary: "Begin an upload in parts", Status: http.StatusCreated,
		Text: "tus 1.0.0 with creation, expiration and termination. `Upload-Metadata` names `release` (id) and `filename`, and may name `kind`, `platform`, `arch` and `date`. " +
			"An upload that gets no part for a day is gone.", Errors: []int{409, 412}}, Manage, false, p.beginUpload)
	api.Stream(s, api.Op{ID: "read-upload", Method: "GET", Path: "/uploads/{upload}", Tag: releaseChapter, Summary: "Read how far an upload is",
		Text: "In `Upload-Offset`; HEAD, as tus has it, works too.", Errors: []int{412}}, Manage, false, p.readUpload)
	api.Stream(s, api.Op{ID: "go-on-upload", Method: "PATCH", Path: "/uploads/{upload}", Tag: releaseChapter, Summary: "Send a part of an upload", Status: http.StatusNoContent,
		Text: "What came before a connection broke stays. With the last part the file becomes part of the release.", Brings: tusPart, Largest: MaxFile, Errors: []int{409, 412, 415}},
		Manage, false, p.goOnUpload)
	api.Stream(s, api.Op{ID: "stop-upload", Method: "DELETE", Path: "/uploads/{upload}", Tag: releaseChapter, Summary: "Give an upload up", Status: http.StatusNoContent, Errors: []int{412}},
		Manage, false, p.stopUpload)
}

type oneUpload struct {
	Upload string `path:"upload"`
	Tus    string `header:"Tus-Resumable" required:"true" doc:"1.0.0"`
}

type newUpload struct {
	Tus      string `header:"Tus-Resumable" required:"true" doc:"1.0.0"`
	Length   string `header:"Upload-Length" required:"true" doc:"Bytes of the file."`
	Metadata string `header:"Upload-Metadata" required:"true" doc:"Pairs of a name and a base64 value, with commas between."`
}

type partOfUpload struct {
	Upload string `path:"upload"`
	Tus    string `header:"Tus-Resumable" required:"true" doc:"1.0.0"`
	Offset string `header:"Upload-Offset" required:"true" doc:"Bytes that came before this part."`
}

func (p API) beginUpload(w http.ResponseWriter, r *http.Request, a who.Actor, _ *newUpload) error {
	return p.Releases.begin(w, r, a, "")
}

func (p API) readUpload(w http.ResponseWriter, r *http.Request, a who.Actor, in *oneUpload) error {
	return p.Releases.show(w, r, a, "", in.Upload)
}

func (p API) goOnUpload(w http.ResponseWriter, r *http.Request, a who.Actor, in *partOfUpload) error {
	return p.Releases.goOn(w, r, a, "", in.Upload)
}

func (p API) stopUpload(w http.ResponseWriter, r *http.Request, a who.Actor, in *oneUpload) error {
	return p.Releases.stop(w, r, a, "", in.Upload)
}
