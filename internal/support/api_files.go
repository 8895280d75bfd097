package support

import (
	"context"
	"io"
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

func (p API) registerFiles(s *api.API) {
	api.Context(s, api.Op{ID: "list-files", Method: "GET", Path: "/requests/{number}/files", Tag: chapter, Summary: "List the files of a request"}, ViewRequests, p.files)
	api.Stream(s, api.Op{ID: "add-files", Method: "POST", Path: "/requests/{number}/files", Tag: chapter, Summary: "Add files to a request", Status: http.StatusCreated,
		Text:   "Each part with a file name is a file; a part `text` is the message that they come with. The answer lists the files.",
		Brings: "multipart/form-data", Answer: api.Items[heldFile]{}, Largest: ticket.MaxFiles*blob.MaxFile + 1<<20, Errors: []int{411}}, Answer, true, p.addFiles)
	api.Stream(s, api.Op{ID: "get-file", Method: "GET", Path: "/requests/{number}/files/{file}", Tag: chapter, Summary: "Fetch a file of a request",
		Text: "Range, If-Range and HEAD work as with any file.", Gives: "application/octet-stream", Parts: true, Errors: []int{409}}, ViewRequests, true, p.fetch)
}

func (p API) files(ctx context.Context, a who.Actor, in *entriesAsked) (*api.List[heldFile], error) {
	r, err := p.Requests.Show(ctx, a, in.Number)
	if err != nil {
		return nil, err
	}
	return slice(ctx, in.Paging, full(r).Files)
}

type fileAsked struct {
	Numbered
	File string `path:"file" doc:"Id."`
}

func (p API) fetch(w http.ResponseWriter, r *http.Request, a who.Actor, in *fileAsked) error {
	f, err := p.Requests.File(r.Context(), a, in.Number, in.File)
	if err != nil {
		return err
	}
	open := func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return p.Files.Open(ctx, f.Blob, offset, length)
	}
	return web.SendFile(w, r, web.Attachment{Name: f.Name, Size: f.Size, SHA256: f.SHA256, Open: open})
}

type filesForm struct {
	Text  string      `form:"text"`
	Files []*web.File `form:"files"`
	File  []*web.File `form:"file"`
}

func (p API) addFiles(w http.ResponseWriter, r *http.Request, a who.Actor, in *Numbered) error {
	// Whoever may not see the request stores no file on the way.
	before, err := p.Requests.Show(r.Context(), a, in.Number)
	if err != nil {
		return err
	}
	done, err := web.ReadForm(r, ticket.MaxFiles, blob.MaxFile)
	defer done()
	if err != nil {
		return err
	}
	var form filesForm
	if err := web.Form(r, &form); err != nil {
		return err
	}
	all := append(form.Files, form.File...)
	if len(all) == 0 {
		var c fault.Check
		c.Need(false, "files", "support.files_missing")
		return c.Err()
	}
	uploads, err := Pages{Requests: p.Requests, Files: p.Files}.upload(r.Context(), a, all, nil)
	if err == nil {
		err = p.Requests.Reply(r.Context(), a, in.Number, Reply{Text: form.Text, Files: uploads})
	}
	if err != nil {
		return err
	}
	now, err := p.Requests.Show(r.Context(), a, in.Number)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range before.Files {
		known[f.ID] = true
	}
	answer := api.Items[heldFile]{Items: []heldFile{}}
	for _, f := range now.Files {
		if !known[f.ID] || f.Seq == sentBefore(before, now, a) {
			answer.Items = append(answer.Items, fileOf(f))
		}
	}
	return api.Send(w, http.StatusCreated, r.URL.Path, answer)
}

// sentBefore is the entry that a call repeated with its key had made, 0 if this call made one itself.
func sentBefore(before, now Request, a who.Actor) (seq int64) {
	if len(now.Files) != len(before.Files) {
		return 0
	}
	for _, f := range now.Files {
		if f.AddedBy == a.Person {
			seq = f.Seq
		}
	}
	return seq
}
