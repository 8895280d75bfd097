package support

import (
	"context"
	"io"
	"net/http"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Download sends a file of a request.
func (p Pages) Download(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	f, err := p.Requests.File(r.Context(), a, r.PathValue("ticket"), r.PathValue("file"))
	if err != nil {
		return err
	}
	open := func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return p.Files.Open(ctx, f.Blob, offset, length)
	}
	return web.SendFile(w, r, web.Attachment{Name: f.Name, Size: f.Size, SHA256: f.SHA256, Open: open})
}
