package web

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/jba/templatecheck"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/who"
)

//go:embed components/*.tmpl
var components embed.FS

// View is what a page's template gets: the frame and the page's own type, apart, so that no field hides another.
type View[T any] struct {
	Frame Frame
	Page  T
}

// Page is the name of a template and the one type that fills it. The template is the content of <main>; the layout is
// put round it. Title is a key of the catalogue; a T that is Titled says its title itself.
type Page[T any] struct {
	Name   string
	Title  string
	Public bool // the layout without navigation, for somebody who is signed in, too
}

// Render makes the page and writes it. For somebody who is not signed in the layout is the public one.
func (p Page[T]) Render(s *Site, w http.ResponseWriter, r *http.Request, a who.Actor, status int, v T) error {
	f, err := s.frame(r.Context(), r, a)
	if err != nil {
		return fmt.Errorf("frame of %s: %w", p.Name, err)
	}
	s.keepLanguage(w, r, a)
	if status == http.StatusOK && r.Method == http.MethodGet {
		if n, ok := s.note(w, r, s.Catalogue); ok {
			f.Notices = append(slices.Clone(f.Notices), n)
		}
	}
	if status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "60") // of a form that shows the reason itself
	}
	if last := len(f.Notices) - 1; last > 1 { // two at most: the most severe and the latest
		f.Notices = []Notice{f.Notices[0], f.Notices[last]}
	}
	return p.write(s, w, a, f, status, v)
}

func (p Page[T]) write(s *Site, w http.ResponseWriter, a who.Actor, f Frame, status int, v T) error {
	f.Title = f.print.T(p.Title)
	if titled, ok := any(v).(Titled); ok {
		f.Title = say(f.print, titled.PageTitle())
	}
	set, err := s.templates(f.Language)
	if err != nil {
		return err
	}
	var content, whole bytes.Buffer
	if err := set.ExecuteTemplate(&content, p.Name, View[T]{f, v}); err != nil {
		return fmt.Errorf("page %s: %w", p.Name, err)
	}
	f.Content = template.HTML(content.String())
	layout := "web/frame"
	if p.Public || a.Person == "" {
		layout = "web/public"
	}
	if err := set.ExecuteTemplate(&whole, layout, f); err != nil {
		return fmt.Errorf("layout of %s: %w", p.Name, err)
	}
	personal(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err = whole.WriteTo(w)
	return err
}

// Check compares the template with its type, before any page is rendered. It has its own set, because one that has been
// executed cannot be checked.
func (p Page[T]) Check(s *Site) error {
	s.unused.once.Do(func() { s.unused.set, s.unused.err = s.parse(lang.Fallback) })
	if s.unused.err != nil {
		return s.unused.err
	}
	t := s.unused.set.Lookup(p.Name)
	if t == nil {
		return fmt.Errorf("there is no template %q", p.Name)
	}
	if err := templatecheck.CheckHTML(t, View[T]{}); err != nil {
		return fmt.Errorf("page %s: %w", p.Name, err)
	}
	return nil
}

// parsed is a template set, made when it is first needed.
type parsed struct {
	once sync.Once
	set  *template.Template
	err  error
}

// templates is the set of a language. All languages have the same sources, so the first one tells whether they are good.
func (s *Site) templates(language string) (*template.Template, error) {
	p := &s.sets[slices.Index(lang.Languages, language)]
	p.once.Do(func() { p.set, p.err = s.parse(language) })
	return p.set, p.err
}

var definition = regexp.MustCompile(`\{\{-?\s*define\s+"([^"]+)"`)

// parse reads components and pages. Two templates of one name would hide each other silently, so they are an error.
func (s *Site) parse(language string) (*template.Template, error) {
	if err := s.loadAssets(); err != nil {
		return nil, err
	}
	set := template.New("").Funcs(s.funcs(s.Catalogue.For(language)))
	seen := map[string]string{}
	add := func(f fs.FS, pattern string, n int) error {
		names, err := fs.Glob(f, pattern)
		for _, name := range names {
			b, readErr := fs.ReadFile(f, name)
			if readErr != nil {
				return readErr
			}
			for _, m := range definition.FindAllStringSubmatch(string(b), -1) {
				if where, twice := seen[m[1]]; twice {
					return fmt.Errorf("template %q stands in %s and in %s", m[1], where, name)
				}
				seen[m[1]] = name
			}
			if _, err := set.New(fmt.Sprintf("%d/%s", n, name)).Parse(string(b)); err != nil {
				return err
			}
		}
		return err
	}
	err := add(components, "components/*.tmpl", 0)
	for i, f := range s.Pages {
		if err == nil {
			err = add(f, "pages/*.tmpl", i+1)
		}
	}
	return set, err
}

// funcs are what a template can call; they are bound to the language of its set.
func (s *Site) funcs(p *lang.Printer) template.FuncMap {
	return template.FuncMap{
		"t":        p.T,
		"msg":      p.Msg,
		"say":      func(t Text) string { return say(p, t) },
		"n":        p.Number,
		"capped":   func(n int) string { return capped(p, n) },
		"size":     p.Size,
		"country":  p.Country,
		"icon":     s.assets.icon,
		"initials": initials,
		"initial":  initial,
		"id":       func(f Field) string { return f.id() },
		"or_key":   func(t Text, key string) string { return orKey(p, t, key) },
		"tone":     toneIcon,
		"percent":  percent,
		"describe": describe,
		"button":   button,
	}
}

func say(p *lang.Printer, t Text) string {
	if t.Key.Key != "" {
		return p.Msg(t.Key)
	}
	return t.Data
}

func orKey(p *lang.Printer, t Text, key string) string {
	if t.Empty() {
		return p.T(key)
	}
	return say(p, t)
}

func capped(p *lang.Printer, n int) string {
	if n > Cap {
		return p.Number(Cap) + "+"
	}
	return p.Number(n)
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

// describe are the attributes that tie a field to its message and its help.
func describe(f Field) template.HTMLAttr {
	id := html.EscapeString(f.id())
	var by []string
	out := ""
	if f.Error.Key != "" {
		by, out = append(by, id+"-e"), `aria-invalid="true" `
	}
	if !f.Hint.Empty() {
		by = append(by, id+"-h")
	}
	if len(by) > 0 {
		out += `aria-describedby="` + strings.Join(by, " ") + `" `
	}
	for _, flag := range []struct {
		on   bool
		name string
	}{{f.Required, "required"}, {f.Autofocus, "autofocus"}, {f.Disabled, "disabled"}} {
		if flag.on {
			out += flag.name + " "
		}
	}
	return template.HTMLAttr(strings.TrimSpace(out))
}

// button is the class of an act.
func button(a Act) string {
	class := "btn"
	switch {
	case a.Primary:
		class += " btn-primary"
	case a.Danger:
		class += " btn-danger"
	case a.Quiet:
		class += " btn-quiet"
	}
	if a.Small {
		class += " btn-sm"
	}
	return class
}

// toneIcon is the icon of a notice.
func toneIcon(t Tone) string {
	switch t {
	case OK:
		return "circle-check"
	case Warn:
		return "alert-triangle"
	case Bad:
		return "alert-circle"
	}
	return "info-circle"
}

func percent(value, max int) int {
	if max <= 0 {
		return 0
	}
	return min(100*value/max, 100)
}

// initials are the first letters of the first and the last word: "AK" of "Anna Kowalska".
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	out := string(unicode.ToUpper(first))
	if len(words) > 1 {
		last, _ := utf8.DecodeRuneInString(words[len(words)-1])
		out += string(unicode.ToUpper(last))
	}
	return out
}

// initial is the vendor's mark where no picture is set.
func initial(name string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
	return string(unicode.ToUpper(first))
}

// Summary is the notice on top of a refused form: what is wrong, with a link to each field that is. fields are those
// of the form in its order; messages that belong to none of them stand in the text.
func Summary(f *fault.Error, fields ...Field) []Notice {
	if f == nil {
		return nil
	}
	n := Notice{Tone: Bad, Title: Text{Key: f.Text}, Alert: true}
	for _, field := range fields {
		if m := f.At(field.Name); m.Key != "" {
			n.Links = append(n.Links, Link{Href: "#" + field.id(), Label: field.Label})
		}
	}
	return []Notice{n}
}

// Told puts the messages of a refusal at the fields, in place.
func Told(f *fault.Error, fields []Field) []Field {
	for i := range fields {
		fields[i] = fields[i].With(f)
	}
	return fields
}

// Whole reads a number that a form carries, as the version of what it showed; 0, which no use case takes, if it is none.
func Whole(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
