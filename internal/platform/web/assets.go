package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// assetIndex is what the build of the assets left: files by their hashed names, and the shapes of the icons.
type assetIndex struct {
	once   sync.Once
	err    error
	byName map[string]string // "lodge.css" → "lodge.3f9a1c02d4.css"
	icons  map[string]string // name → what stands inside <svg>
	files  map[string]file   // hashed name → content
}

type file struct {
	kind   string
	plain  []byte
	packed func() []byte // compressed when it is first asked for
}

// ErrNoAssets is told at the start of a program that was built before its assets.
var ErrNoAssets = errors.New("the stylesheet, script and icons were not built: run the assets target of the Makefile, then build again")

// loadAssets reads them once. A program without assets works, and says on each page that it looks bare for that reason.
func (s *Site) loadAssets() error {
	s.assets.once.Do(func() { s.assets.err = s.assets.load(s.Assets) })
	return s.assets.err
}

func (x *assetIndex) load(f fs.FS) error {
	if f == nil {
		return nil
	}
	b, err := fs.ReadFile(f, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &x.byName)
	}
	if err == nil {
		if b, err = fs.ReadFile(f, "icons.json"); err == nil {
			err = json.Unmarshal(b, &x.icons)
		}
	}
	if err != nil {
		return fmt.Errorf("built assets: %w", err)
	}
	x.files = map[string]file{}
	for _, name := range x.byName {
		b, err := fs.ReadFile(f, name)
		if err != nil {
			return fmt.Errorf("built assets: %w", err)
		}
		x.files[name] = file{mime.TypeByExtension(path.Ext(name)), b, sync.OnceValue(func() []byte { return squeeze(b) })}
	}
	return nil
}

func squeeze(b []byte) []byte {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(b)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil { // nothing here can fail: the level exists and memory is written to
		panic(err)
	}
	return packed.Bytes()
}

// AssetsBuilt is ErrNoAssets if the program was built without them.
func (s *Site) AssetsBuilt() error {
	if err := s.loadAssets(); err != nil {
		return err
	}
	if s.assets.empty() {
		return ErrNoAssets
	}
	return nil
}

func (x *assetIndex) empty() bool { return len(x.byName) == 0 }

func (x *assetIndex) href(name string) string { return "/assets/" + x.byName[name] }

// icon is a Tabler outline icon. It is never read out: a word stands beside it.
func (x *assetIndex) icon(name string) template.HTML {
	if name == "" {
		return ""
	}
	return template.HTML(`<svg class="ic" viewBox="0 0 24 24" aria-hidden="true">` + x.icons[name] + `</svg>`)
}

// serve answers /assets/{name} from memory: immutable, compressed once.
func (x *assetIndex) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := x.files[r.PathValue("name")]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Security-Policy", filePolicy)
	body := f.plain
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	w.Write(body)
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) == "gzip" && strings.ReplaceAll(q, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
