package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/jba/templatecheck"

	"lodge/internal/platform/lang"
	"lodge/internal/platform/who"
)

// fragmentHeader is how the portal's own script asks for a part instead of a page, and knows that it got one: an error page
// has it not.
const fragmentHeader = "Lodge-Fragment"

// Fragment tells whether the script asks for the part that has changed. Everything works without: then the answer is a page.
func Fragment(r *http.Request) bool { return r.Header.Get(fragmentHeader) != "" }

// Part is a block of a page that is also answered alone: the same template, so the two cannot differ.
type Part[T any] struct{ Name string }

// Render makes the block and writes it. There is no frame round it, so it costs no statement.
func (p Part[T]) Render(s *Site, w http.ResponseWriter, r *http.Request, a who.Actor, status int, v T) error {
	set, err := s.templates(s.language(r, a))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := set.ExecuteTemplate(&b, p.Name, v); err != nil {
		return fmt.Errorf("part %s: %w", p.Name, err)
	}
	personal(w.Header())
	w.Header().Set(fragmentHeader, "1")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err = b.WriteTo(w)
	return err
}

// Check compares the block with its type, as Page.Check does.
func (p Part[T]) Check(s *Site) error {
	s.unused.once.Do(func() { s.unused.set, s.unused.err = s.parse(lang.Fallback) })
	if s.unused.err != nil {
		return s.unused.err
	}
	t := s.unused.set.Lookup(p.Name)
	if t == nil {
		return fmt.Errorf("there is no template %q", p.Name)
	}
	var v T
	if err := templatecheck.CheckHTML(t, v); err != nil {
		return fmt.Errorf("part %s: %w", p.Name, err)
	}
	return nil
}
