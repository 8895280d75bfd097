package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/fault"
)

const (
	maxForm   = 1 << 20 // bytes of a form without its files
	maxFields = 2000
)

// limits say how much a form may bring.
type limits struct {
	files int
	size  int64 // bytes of one file
}

func (l limits) total() int64 { return maxForm + int64(l.files)*l.size }

// read parses the body into r.PostForm and r.MultipartForm. 415 for what is no form, 413 for too much, 400 for what
// cannot be read. Files larger than a megabyte together lie in temporary files until clean.
func (l limits) read(r *http.Request) error {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return fault.New(http.StatusUnsupportedMediaType, "web.media_type")
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Type") == "" && (r.Body == nil || r.ContentLength == 0) {
		r.PostForm, r.Form = url.Values{}, url.Values{}
		return nil
	}
	if err != nil || (kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data") {
		return fault.New(http.StatusUnsupportedMediaType, "web.media_type")
	}
	if r.ContentLength > l.total() {
		return tooLarge(l)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, l.total())
	if kind == "multipart/form-data" {
		err = r.ParseMultipartForm(maxForm)
	} else {
		r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
		err = r.ParseForm()
	}
	if err != nil {
		return l.refuse(err)
	}
	return l.count(r)
}

func (l limits) refuse(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) || errors.Is(err, multipart.ErrMessageTooLarge) {
		return tooLarge(l)
	}
	f := fault.New(fault.BadRequest, "web.unreadable_form")
	if errors.Is(err, syscall.ENOSPC) { // for the temporary files
		f = fault.New(fault.Unavailable, "blob.disk_full")
		f.RetryAfter = time.Minute
	}
	f.Err = err
	return f
}

func (l limits) count(r *http.Request) error {
	fields, bytes := 0, 0
	for name, values := range r.PostForm {
		for _, v := range values {
			fields++
			bytes += len(name) + len(v)
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return fault.New(fault.BadRequest, "web.unreadable_form")
			}
		}
	}
	if fields > maxFields || bytes > maxForm {
		return tooLarge(l)
	}
	if r.MultipartForm == nil {
		return nil
	}
	files := 0
	for _, all := range r.MultipartForm.File {
		for _, f := range all {
			if f.Filename == "" && f.Size == 0 {
				continue // an empty file field
			}
			if files++; files > l.files || f.Size > l.size {
				return tooLarge(l)
			}
		}
	}
	return nil
}

// readTyped parses what somebody typed who is not signed in: a form of at most a megabyte, none of it on disk, and no files:
// those are read over and only remembered as having been there. Of a larger one, or of one that does not say how large it is,
// nothing is read. Whatever goes wrong, there is just nothing to give back.
func readTyped(r *http.Request) {
	if r.ContentLength < 0 || r.ContentLength > maxForm {
		return
	}
	var l limits
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		if l.read(r) != nil {
			r.PostForm = nil
		}
		return
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return
	}
	typed, files := url.Values{}, map[string][]*multipart.FileHeader{}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return
		}
		if name := part.FileName(); name != "" {
			files[part.FormName()] = []*multipart.FileHeader{{Filename: name}}
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return
		}
		typed.Add(part.FormName(), string(value))
	}
	if r.PostForm = typed; l.count(r) != nil { // too many fields, or no text
		r.PostForm = nil
		return
	}
	r.MultipartForm = &multipart.Form{Value: typed, File: files}
}

func (l limits) clean(r *http.Request) {
	if r.MultipartForm != nil {
		r.MultipartForm.RemoveAll() // temporary files; SweepFiles is the second line
	}
}

func tooLarge(l limits) error {
	if l.files > 0 {
		return fault.New(fault.TooLarge, "web.files_too_large", "count", l.files, "size", fault.Msg("lang.megabytes", "size", int(l.size>>20)))
	}
	return fault.New(fault.TooLarge, "web.form_too_large")
}

// File is a file that came with a form. It is gone when the handler returns.
type File struct {
	Name string // as the browser calls it; never a path of ours
	Size int64
	Type string // as the browser says, not to be trusted
	head *multipart.FileHeader
}

// Open reads the file from its beginning.
func (f *File) Open() (io.ReadCloser, error) { return f.head.Open() }

// Form fills the struct behind dst from a form by its tags: `form:"email"` for string (trimmed, NFC), []string, bool
// (there or not), *File and []*File; `form:"password,raw"` keeps every byte. Fields of no tag and fields of the form
// that the struct lacks are left alone. The router has read the form already; limits are the route's.
func Form(r *http.Request, dst any) error {
	if r.PostForm == nil {
		if err := (limits{}).read(r); err != nil {
			return err
		}
	}
	fill(dst, r.PostForm, r.MultipartForm)
	return nil
}

// ReadForm reads the body of a form that no route of pages has read: for an API, with up to count files of up to size bytes each. Form takes
// it from there; done removes what lies in temporary files.
func ReadForm(r *http.Request, count int, size int64) (done func(), err error) {
	l := limits{files: count, size: size}
	return func() { l.clean(r) }, l.read(r)
}

// Query fills a struct from the address in the same way: the filter of a list. 400 for an address that cannot be read.
func Query(r *http.Request, dst any) error {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fault.New(fault.BadRequest, "web.unreadable_address")
	}
	for _, all := range values {
		for _, v := range all {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return fault.New(fault.BadRequest, "web.unreadable_address")
			}
		}
	}
	fill(dst, values, nil)
	return nil
}

func fill(dst any, values url.Values, parts *multipart.Form) {
	v := reflect.ValueOf(dst).Elem()
	for i := range v.NumField() {
		tag, ok := v.Type().Field(i).Tag.Lookup("form")
		if !ok {
			continue
		}
		name, how, _ := strings.Cut(tag, ",")
		set(v.Field(i), values[name], how == "raw", files(parts, name))
	}
}

func set(f reflect.Value, values []string, raw bool, files []*File) {
	switch dst := f.Addr().Interface().(type) {
	case *string:
		if len(values) > 0 {
			*dst = tidy(values[0], raw)
		}
	case *[]string:
		for _, v := range values {
			*dst = append(*dst, tidy(v, raw))
		}
	case *bool:
		*dst = len(values) > 0 && values[0] != "" && values[0] != "0" && values[0] != "false"
	case **File:
		if len(files) > 0 {
			*dst = files[0]
		}
	case *[]*File:
		*dst = files
	default:
		panic("web.Form: a field of type " + f.Type().String() + " cannot be read from a form")
	}
}

// tidy is what a person meant to type: NFC, no space round it, and one kind of line end.
func tidy(s string, raw bool) string {
	if raw {
		return s
	}
	return strings.TrimSpace(norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n")))
}

func files(parts *multipart.Form, name string) []*File {
	if parts == nil {
		return nil
	}
	var all []*File
	for _, h := range parts.File[name] {
		if h.Filename == "" && h.Size == 0 {
			continue
		}
		all = append(all, &File{Name: tidy(h.Filename, false), Size: h.Size, Type: h.Header.Get("Content-Type"), head: h})
	}
	return all
}

// Refused gives the fault that a form can show itself: invalid fields, and any fault whose code is named. The page is
// then rendered again with int(f.Kind) as its status.
func Refused(err error, codes ...string) (*fault.Error, bool) {
	f := fault.Of(err)
	if f == nil {
		return nil, false
	}
	if f.Kind == fault.Invalid {
		return f, true
	}
	for _, c := range codes {
		if f.Code == c {
			return f, true
		}
	}
	return nil, false
}
