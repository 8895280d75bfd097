package support

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// Download sends a file of a request, whole or one part of it. It is never shown in place: whatever it holds, the
// browser gets it to save, without guessing at its kind, and may run nothing of it.
func (p Pages) Download(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	f, err := p.Requests.File(r.Context(), a, r.PathValue("ticket"), r.PathValue("file"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", disposition(f.Name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Accept-Ranges", "bytes")
	etag := `"` + f.SHA256 + `"`
	h.Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	of := part{0, f.Size, http.StatusOK}
	if asked := r.Header.Get("Range"); asked != "" && fresh(r, etag) {
		of = ranged(asked, f.Size)
	}
	switch of.status {
	case http.StatusRequestedRangeNotSatisfiable:
		h.Set("Content-Range", "bytes */"+strconv.FormatInt(f.Size, 10))
		h.Del("Content-Disposition")
		w.WriteHeader(of.status)
		return nil
	case http.StatusPartialContent:
		h.Set("Content-Range", "bytes "+strconv.FormatInt(of.from, 10)+"-"+strconv.FormatInt(of.from+of.length-1, 10)+"/"+strconv.FormatInt(f.Size, 10))
	}
	h.Set("Content-Length", strconv.FormatInt(of.length, 10))
	if r.Method == http.MethodHead {
		w.WriteHeader(of.status)
		return nil
	}
	return p.stream(w, r, f, of)
}

func (p Pages) stream(w http.ResponseWriter, r *http.Request, f ticket.File, of part) error {
	body, err := p.Files.Open(r.Context(), f.Blob, of.from, of.length)
	if err != nil {
		return err
	}
	defer body.Close()
	w.WriteHeader(of.status)
	_, err = io.Copy(w, body)
	return err
}

// fresh tells whether a part may be sent: without If-Range, or if that names this very file. A date never does.
func fresh(r *http.Request, etag string) bool {
	if r.Header.Get("If-Range") == "" {
		return true
	}
	return r.Header.Get("If-Range") == etag
}

// part is a part of a file.
type part struct {
	from, length int64
	status       int
}

// ranged reads a Range header: one part in bytes, or 416. Several parts are not sent, because a thousand of them would be
// a thousand times the work; another unit than bytes is no range.
func ranged(asked string, size int64) part {
	no := part{0, 0, http.StatusRequestedRangeNotSatisfiable}
	spec, ok := strings.CutPrefix(asked, "bytes=")
	if !ok {
		return part{0, size, http.StatusOK}
	}
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || strings.ContainsAny(spec, ",") || first == "" && last == "" {
		return no
	}
	if first == "" {
		n, err := natural(last)
		if err != nil || n == 0 || size == 0 {
			return no
		}
		n = min(n, size)
		return part{size - n, n, http.StatusPartialContent}
	}
	from, err := natural(first)
	if err != nil || from >= size {
		return no
	}
	to := size - 1
	if last != "" {
		if to, err = natural(last); err != nil || to < from {
			return no
		}
		to = min(to, size-1)
	}
	return part{from, to - from + 1, http.StatusPartialContent}
}

// natural reads digits only: no sign, no blank.
func natural(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}

// disposition offers a file for saving under its cleaned name. mime writes names that are not ASCII as RFC 8187 has them.
func disposition(name string) string {
	if d := mime.FormatMediaType("attachment", map[string]string{"filename": name}); d != "" {
		return d
	}
	return "attachment"
}
