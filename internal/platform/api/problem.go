package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Problem is an error as programs read it (RFC 9457).
type Problem struct {
	Type      string         `json:"type" doc:"Address of the chapter about this status in the reference."`
	Title     string         `json:"title" doc:"The status in words."`
	Status    int            `json:"status"`
	Detail    string         `json:"detail" doc:"What is wrong and what can be done, in the language of Accept-Language."`
	Code      string         `json:"code" doc:"Stable word for programs."`
	Errors    []FieldProblem `json:"errors,omitempty" doc:"What is wrong with single members of the body or parameters."`
	Right     string         `json:"right,omitempty" doc:"Of a 403: the right that is missing."`
	RightName string         `json:"right_name,omitempty" doc:"Of a 403: the right in words."`
	Ask       []Helper       `json:"ask,omitempty" doc:"Of a 403: who can give the right."`
	Scope     string         `json:"scope,omitempty" doc:"Of a 403: the scope that the token lacks."`
	Reference string         `json:"reference" doc:"To be quoted to the vendor's desk."`
}

// FieldProblem is what is wrong with one member.
type FieldProblem struct {
	Pointer string `json:"pointer" doc:"JSON pointer to the member, also where it is missing: /country. Of a parameter: its name behind a slash."`
	Message string `json:"message"`
}

// Helper is one who can give a right: a person, or a desk.
type Helper struct {
	Name string `json:"name"`
	As   string `json:"as,omitempty" doc:"In which role."`
	Mail string `json:"mail,omitempty"`
}

func (p *Problem) Error() string { return p.Code }

// GetStatus is for huma.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Fail answers with an error before or instead of an operation: the way of the mount.
func (s *API) Fail(w http.ResponseWriter, r *http.Request, err error) { s.fail(w, r, nil, err) }

func (s *API) fail(w http.ResponseWriter, r *http.Request, c *Caller, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		s.log(r).InfoContext(r.Context(), "caller went away", "error", err)
		return
	}
	p := s.problem(w.Header(), r, c, err)
	b, encodeErr := json.Marshal(p)
	if encodeErr != nil {
		b = []byte(`{}`) // strings and numbers only: cannot happen
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	w.Write(append(b, '\n'))
}

// problem is the one place where an error becomes an answer. What is no fault is logged in full and shown as a reference.
func (s *API) problem(h http.Header, r *http.Request, c *Caller, err error) *Problem {
	f := fault.Of(err)
	reference := web.Reference()
	if f == nil || f.Kind == fault.Internal {
		s.log(r).ErrorContext(r.Context(), "call failed", "reference", reference, "method", r.Method, "error", err)
		f = fault.New(fault.Internal, "fault.internal")
	} else {
		by := Caller{}
		if c != nil {
			by = *c
		}
		s.log(r).InfoContext(r.Context(), "call refused", "reference", reference, "status", int(f.Kind), "code", f.Code, "right", f.Right,
			"person", by.Actor.Person, "organisation", by.Actor.Org, "token", by.Token, "error", f)
	}
	f = inAPI(r, f)
	if f.RetryAfter > 0 || f.Kind == fault.TooMany || f.Kind == fault.Unavailable {
		h.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(f.RetryAfter.Seconds())))))
	}
	if f.Kind == fault.SignIn {
		h.Set("WWW-Authenticate", "Bearer")
	}
	print := s.Catalogue.For(lang.Match(r.Header.Get("Accept-Language")))
	h.Set("Content-Language", print.Language())
	status := strconv.Itoa(int(f.Kind))
	p := &Problem{Type: s.BaseURL + "/docs#status-" + status, Title: print.T("api.title_" + status), Status: int(f.Kind), Detail: print.Msg(f.Text), Code: f.Code, Reference: reference}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, FieldProblem{"/" + strings.ReplaceAll(field.Name, ".", "/"), print.Msg(field.Text)})
	}
	if f.Kind == fault.Forbidden && f.Right != "" {
		p.Right = f.Right
		if f.Code == "api.scope_missing" && c != nil {
			p.Scope = s.Scope(who.Action(f.Right))
		} else if c != nil {
			s.help(r, c, print, p)
		}
	}
	return p
}

// help adds whom to ask for a missing right. Without an answer the refusal stays what it is.
func (s *API) help(r *http.Request, c *Caller, print *lang.Printer, p *Problem) {
	if s.Refusal == nil {
		return
	}
	asking, err := s.Refusal(r.Context(), c.Actor, p.Right)
	if err != nil {
		s.log(r).WarnContext(r.Context(), "nobody to ask is known", "reference", p.Reference, "error", err)
		return
	}
	p.RightName = asking.Right.In(print)
	for _, h := range append(slices.Clip(asking.People), asking.Desk) {
		if h.Name != "" {
			p.Ask = append(p.Ask, Helper{h.Name, h.As.In(print), h.Mail})
		}
	}
}

// Words are a message in the caller's language, for an answer that tells of rows.
func Words(ctx context.Context, m fault.Message) string {
	c := callOf(ctx)
	return c.api.Catalogue.For(lang.Match(c.r.Header.Get("Accept-Language"))).Msg(m)
}

// inAPI says a fault of a use case in the words of an API: what pages show as a conflict of forms has a status of its own here, and every
// token that opens nothing gets one and the same answer.
func inAPI(r *http.Request, f *fault.Error) *fault.Error {
	switch {
	case f.Code == "once.other_body":
		return fault.New(fault.Invalid, "api.key_reused")
	case f.Kind == fault.SignIn && f.Code != "api.token_in_address":
		return fault.New(fault.SignIn, "api.sign_in")
	case f.Kind == fault.NotFound:
		return fault.New(fault.NotFound, "api.not_found")
	case f.Kind == fault.Conflict && strings.HasSuffix(f.Code, ".changed") && r.Header.Get("If-Match") != "":
		return fault.Of(Stale())
	}
	return f
}

func (s *API) log(r *http.Request) *slog.Logger {
	l := s.Log
	if l == nil {
		l = slog.New(slog.DiscardHandler)
	}
	return l.With("request", web.RequestID(r.Context()))
}
