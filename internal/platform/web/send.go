package web

import (
	"context"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Attachment is a file that is sent to be saved.
type Attachment struct {
	Name   string // cleaned, as it is offered
	Size   int64  // bytes
	SHA256 string // hex: its strong validator
	// Open reads length bytes from offset on.
	Open func(ctx context.Context, offset, length int64) (io.ReadCloser, error)
	// Elsewhere gives an address from which the file comes instead, for a short time; nil or "" is here. HEAD is always answered here.
	Elsewhere func(ctx context.Context) (string, error)
	// Begin is called once before bytes are sent, and not for HEAD, 304 and 416; part is true of a part of the file. Its error refuses.
	Begin func(ctx context.Context, part bool) error
}

// SendFile sends a file whole or one part of it (RFC 9110: Range, If-Range, If-None-Match). It is never shown in place: whatever
// it holds, the browser gets it to save, without guessing at its kind, and may run nothing of it.
func SendFile(w http.ResponseWriter, r *http.Request, f Attachment) error {
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
	if r.Method != http.MethodHead && f.Elsewhere != nil {
		if sent, err := redirect(w, r, f); sent || err != nil {
			return err
		}
	}
	h.Set("Content-Length", strconv.FormatInt(of.length, 10))
	if r.Method == http.MethodHead {
		w.WriteHeader(of.status)
		return nil
	}
	return stream(w, r, f, of)
}

// redirect sends a reader on with what he asked for: a part is a part there too. An If-Range that he brings names what that
// place calls the file, so it says nothing here.
func redirect(w http.ResponseWriter, r *http.Request, f Attachment) (sent bool, err error) {
	to, err := f.Elsewhere(r.Context())
	if err != nil || to == "" {
		return false, err
	}
	if f.Begin != nil {
		if err := f.Begin(r.Context(), r.Header.Get("Range") != ""); err != nil {
			return false, err
		}
	}
	h := w.Header()
	for _, ofFile := range []string{"Content-Type", "Content-Disposition", "Content-Range", "Accept-Ranges", "ETag"} {
		h.Del(ofFile)
	}
	h.Set("Location", to)
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusTemporaryRedirect)
	return true, nil
}

func stream(w http.ResponseWriter, r *http.Request, f Attachment, of part) error {
	body, err := f.Open(r.Context(), of.from, of.length)
	if err != nil {
		return err
	}
	defer body.Close()
	if f.Begin != nil {
		if err := f.Begin(r.Context(), of.status == http.StatusPartialContent); err != nil {
			return err
		}
	}
	w.WriteHeader(of.status)
	var from io.Reader = body
	if local, ok := body.(interface{ File() *os.File }); ok {
		from = local.File() // which the kernel sends by itself
	}
	_, err = io.Copy(w, io.LimitReader(from, of.length))
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
