package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// refusal is the page of everything that did not succeed.
type refusal struct {
	Status    int
	Title     Text
	Text      Text
	Asking    *Asking // of a missing right
	At        time.Time
	Reference string
	Acts      []Act
	Kept      *kept // what was typed, of a form that could not be sent
	Proof     *proofAsked
}

func (p refusal) PageTitle() Text { return p.Title }

var refusalPage = Page[refusal]{Name: "web/refusal"}

// Instead is a refusal together with what can be done instead.
type Instead struct {
	Err  error
	Acts []Act
}

func (e *Instead) Error() string { return e.Err.Error() }
func (e *Instead) Unwrap() error { return e.Err }

// known is as much of the person as can be found out, for the frame of an error page.
func (s *Site) known(r *http.Request) who.Actor {
	a, _ := s.actor(r) // the page says another error already
	return a
}

// fail is the one place where an error becomes an answer. What is no fault is logged in full and shown as a reference.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, a who.Actor, err error) {
	if fault.Is(err, "web.too_slow") {
		s.failBare(w, r, err) // the server has ended the request's context with its body
		return
	}
	if errors.Is(r.Context().Err(), context.Canceled) {
		s.log(r).InfoContext(r.Context(), "reader went away", "error", err)
		return
	}
	if way := s.mount(r); way != nil {
		way(w, r, err)
		return
	}
	if s.toSignIn(w, r, err) {
		return
	}
	if fault.Is(err, "web.two_sessions") {
		s.ClearSession(w) // or the reader could never sign in again
	}
	p := s.explain(r, a, err)
	refused := fault.Of(err)
	retry(w.Header(), refused)
	var b buffer
	full := func() (failed error) {
		defer func() {
			if broken := recover(); broken != nil {
				failed = fmt.Errorf("panic: %v", broken)
			}
		}()
		return s.read(r.Context(), func(ctx context.Context) error {
			b.reset()
			r := r.WithContext(ctx)
			if err := s.help(r, a, refused, &p); err != nil {
				return err
			}
			var broken error
			if p.Proof, broken = s.askProof(r, a, err); broken != nil {
				return broken
			}
			if p.Proof != nil {
				p.Title, p.Text, p.Acts = Say("web.prove_title"), Say("web.prove_text"), nil
			}
			f, err := s.frame(r.Context(), r, a)
			if err != nil {
				return err
			}
			if p.Kept != nil && p.Kept.stale {
				p.Kept.choose(r, f.Chrome)
				p.Title = p.Kept.title()
			}
			return refusalPage.write(s, &b, a, f, p.Status, p)
		})
	}
	if renderErr := full(); renderErr != nil {
		s.log(r).ErrorContext(r.Context(), "error page without frame", "error", renderErr)
		s.writeBare(w, r, p)
		return
	}
	b.send(w)
}

// failBare says an error without asking anybody anything.
func (s *Site) failBare(w http.ResponseWriter, r *http.Request, err error) {
	if way := s.mount(r); way != nil {
		way(w, r, err)
		return
	}
	s.writeBare(w, r, s.explain(r, who.Actor{}, err))
}

func (s *Site) writeBare(w http.ResponseWriter, r *http.Request, p refusal) {
	var b buffer
	if err := refusalPage.write(s, &b, who.Actor{}, s.bare(r, who.Actor{Zone: time.UTC}), p.Status, p); err != nil {
		s.log(r).ErrorContext(r.Context(), "error page", "error", err)
		b.reset()
		b.Header().Set("Content-Type", "text/plain; charset=utf-8")
		b.WriteHeader(p.Status)
		fmt.Fprintf(&b, "%d %s\n%s\n%s\n", p.Status, http.StatusText(p.Status), p.Reference, s.Brand.Mail)
	}
	b.send(w)
}

// mount is the way of saying errors of the mount that the address belongs to, nil for pages.
func (s *Site) mount(r *http.Request) Fail {
	_, pattern := s.mux.Handler(r)
	return s.mounts[pattern]
}

// toSignIn leads a reader who only has to sign in there, and back again afterwards.
func (s *Site) toSignIn(w http.ResponseWriter, r *http.Request, err error) bool {
	if !fault.Is(err, "fault.sign_in") || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		return false
	}
	to := "/sign-in"
	if next := OwnPath(r.URL.RequestURI()); next != "" && next != "/" {
		to += "?next=" + url.QueryEscape(next)
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return true
}

// backTo is the sign-in page that leads back to the page of the form, if that has the form's address.
func (s *Site) backTo(r *http.Request) string {
	page := r.Clone(r.Context())
	page.Method = http.MethodGet
	if _, pattern := s.mux.Handler(page); pattern != "" {
		if next := OwnPath(r.URL.RequestURI()); next != "" {
			return "/sign-in?next=" + url.QueryEscape(next)
		}
	}
	return "/sign-in"
}

// explain makes the page of an error, and writes the log.
func (s *Site) explain(r *http.Request, a who.Actor, err error) refusal {
	p := refusal{Reference: Reference(), At: s.Clock.Now()}
	var old *stale
	f := fault.Of(err)
	switch {
	case errors.As(err, &old):
		f = fault.New(fault.Conflict, "web.stale")
		if old.person {
			f = fault.New(fault.Conflict, "web.other_person")
		}
		p.Kept = keep(r, a, old)
	case f == nil || f.Kind == fault.Internal:
		s.log(r).ErrorContext(r.Context(), "request failed", "reference", p.Reference, "method", r.Method, "error", err)
		f = fault.New(fault.Internal, "fault.internal")
	}
	if f.Kind != fault.Internal {
		s.log(r).InfoContext(r.Context(), "refused", "reference", p.Reference, "status", int(f.Kind), "code", f.Code, "right", f.Right, "person", a.Person, "organisation", a.Org, "error", f)
	}
	p.Status = int(f.Kind)
	p.Title = Say("web.title_" + strconv.Itoa(p.Status))
	p.Text = Text{Key: f.Text}
	if old != nil {
		return p
	}
	switch f.Kind {
	case fault.SignIn:
		if r.Method == http.MethodPost {
			p.Kept = keep(r, a, nil)
			if r.PostForm == nil {
				p.Text = Say("web.not_kept")
			}
		}
		p.Acts = []Act{{Label: Say("web.sign_in"), Href: s.backTo(r), Primary: true}}
	case fault.Internal, fault.Unavailable, fault.TooMany:
		if r.Method == http.MethodGet {
			p.Acts = []Act{{Label: Say("web.try_again"), Href: OwnPath(r.URL.RequestURI())}}
		}
	default:
		p.Acts = []Act{{Label: Say("web.go_home"), Href: homeOf(r, a)}}
	}
	var instead *Instead
	if errors.As(err, &instead) {
		p.Acts = instead.Acts
	}
	return p
}

// homeOf is the home page of the context that the person is in, or the portal's: of an organisation that he does not see, not
// even the address is repeated.
func homeOf(r *http.Request, a who.Actor) string {
	if a.Org == "" {
		return "/"
	}
	if number, customer, ok := Place(r); ok && (customer == a.Number || customer == 0 && number == a.Number) {
		return Path(r) + "/"
	}
	return "/"
}

// help adds to a missing right whom to ask for it.
func (s *Site) help(r *http.Request, a who.Actor, f *fault.Error, p *refusal) error {
	if f == nil || f.Right == "" || s.Refusal == nil {
		return nil
	}
	asking, err := s.Refusal(r.Context(), a, f.Right)
	if err != nil {
		return err
	}
	p.Asking = &asking
	if !asking.Right.Empty() {
		p.Title = Say("web.need_right", "right", asking.Right.argument())
	}
	if len(asking.Acts) > 0 {
		p.Acts = asking.Acts
	}
	return nil
}

// retry tells programs and browsers when to come back.
func retry(h http.Header, f *fault.Error) {
	if f != nil && (f.Kind == fault.TooMany || f.Kind == fault.Unavailable) {
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(f.RetryAfter.Seconds())))))
	}
}
