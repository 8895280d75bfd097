package web

import (
	"bytes"
	"net/http"
	"strconv"
)

// buffer keeps an answer until it is known to be one.
type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *buffer) Header() http.Header {
	if b.header == nil {
		b.header = http.Header{}
	}
	return b.header
}

func (b *buffer) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

func (b *buffer) reset() { *b = buffer{} }

// send writes the answer in one go.
func (b *buffer) send(w http.ResponseWriter) {
	for name, values := range b.header {
		if name == "Set-Cookie" {
			values = append(w.Header()[name], values...)
		}
		w.Header()[name] = values
	}
	if b.status == 0 {
		b.status = http.StatusOK
	}
	if b.status != http.StatusNoContent && b.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(b.body.Len()))
	}
	w.WriteHeader(b.status)
	w.Write(b.body.Bytes()) // an error means that nobody listens any more
}
