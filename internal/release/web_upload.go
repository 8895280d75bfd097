package release

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// Uploads in parts speak tus 1.0.0 (tus.io): core, creation, expiration, termination.
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,expiration,termination"
	tusPart       = "application/offset+octet-stream"
)

// tus checks that the other side speaks the version spoken here, and says so.
func tus(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	h.Set("Cache-Control", "no-store")
	if r.Header.Get("Tus-Resumable") != tusVersion {
		h.Set("Tus-Version", tusVersion)
		return fault.New(http.StatusPreconditionFailed, "release.tus_version", "version", tusVersion)
	}
	return nil
}

// stands says how far an upload is.
func stands(w http.ResponseWriter, u blob.Upload) {
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(u.Received, 10))
	h.Set("Upload-Length", strconv.FormatInt(u.Size, 10))
	h.Set("Upload-Expires", u.Expires.UTC().Format(http.TimeFormat))
}

// UploadOptions says what is spoken here.
func (p Pages) UploadOptions(w http.ResponseWriter, _ *http.Request, _ who.Actor) error {
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", tusExtensions)
	h.Set("Tus-Max-Size", strconv.FormatInt(MaxFile, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// BeginUpload makes an upload for the release of the address.
func (p Pages) BeginUpload(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.Releases.begin(w, r, a, r.PathValue("release"))
}

// begin makes an upload; release may stand in the metadata instead.
func (s *Releases) begin(w http.ResponseWriter, r *http.Request, a who.Actor, release string) error {
	if err := tus(w, r); err != nil {
		return err
	}
	size, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil || size < 0 {
		return fault.New(fault.BadRequest, "release.tus_length")
	}
	about, err := metadata(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return err
	}
	if release == "" {
		release = about["release"]
	}
	u, err := s.BeginUpload(r.Context(), a, release, size, Upload{Name: about["filename"], Kind: about["kind"], Platform: about["platform"], Arch: about["arch"], On: about["date"]})
	if err != nil {
		return err
	}
	stands(w, u)
	w.Header().Set("Location", strings.TrimSuffix(r.URL.Path, "/")+"/"+u.ID)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// metadata reads what stands beside an upload: names with values in base64. BadRequest for what is none.
func metadata(text string) (map[string]string, error) {
	all := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		b, err := base64.StdEncoding.DecodeString(value)
		if _, twice := all[name]; err != nil || twice || !utf8.Valid(b) {
			return nil, fault.New(fault.BadRequest, "release.tus_metadata")
		}
		if name != "" {
			all[name] = string(b)
		}
	}
	return all, nil
}

// ShowUpload says how far an upload is.
func (p Pages) ShowUpload(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.Releases.show(w, r, a, r.PathValue("release"), r.PathValue("upload"))
}

func (s *Releases) show(w http.ResponseWriter, r *http.Request, a who.Actor, release, upload string) error {
	if err := tus(w, r); err != nil {
		return err
	}
	u, _, err := s.UploadOf(r.Context(), a, release, upload)
	if err != nil {
		return err
	}
	stands(w, u)
	w.WriteHeader(http.StatusOK)
	return nil
}

// GoOnUpload takes a part.
func (p Pages) GoOnUpload(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.Releases.goOn(w, r, a, r.PathValue("release"), r.PathValue("upload"))
}

func (s *Releases) goOn(w http.ResponseWriter, r *http.Request, a who.Actor, release, upload string) error {
	if err := tus(w, r); err != nil {
		return err
	}
	if r.Header.Get("Content-Type") != tusPart {
		return fault.New(http.StatusUnsupportedMediaType, "release.tus_type", "type", tusPart)
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return fault.New(fault.BadRequest, "release.tus_offset")
	}
	u, err := s.Receive(r.Context(), a, release, upload, offset, r.Body)
	if err != nil {
		return err
	}
	stands(w, u)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// StopUpload gives an upload up.
func (p Pages) StopUpload(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.Releases.stop(w, r, a, r.PathValue("release"), r.PathValue("upload"))
}

func (s *Releases) stop(w http.ResponseWriter, r *http.Request, a who.Actor, release, upload string) error {
	if err := tus(w, r); err != nil {
		return err
	}
	if err := s.StopUpload(r.Context(), a, release, upload); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// uploading is what the script of the page needs to send files in parts; the form works without it.
type uploading struct {
	To   string // address
	Most int64  // bytes of one file
	Part int64  // bytes of one part
}

const partSize = 16 << 20

func uploadingTo(at string) *uploading {
	return &uploading{To: at + "/uploads", Most: MaxFile, Part: partSize}
}
