package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// route is one registered page, form or stream.
type route struct {
	site    *Site
	right   who.Action
	kind    string
	handler Handler
	limits  limits
}

func (ro *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch ro.kind {
	case "stream":
		ro.stream(w, r)
	case "page":
		ro.page(w, r)
	default:
		ro.form(w, r)
	}
}

// page runs everything that a page reads inside one snapshot, and writes after it is closed.
func (ro *route) page(w http.ResponseWriter, r *http.Request) {
	var b buffer
	var a who.Actor
	err := ro.site.read(r.Context(), func(ctx context.Context) (err error) {
		b.reset()
		r := r.WithContext(ctx)
		if a, err = ro.site.admit(r, ro.right); err != nil {
			return err
		}
		return ro.handler(&b, r, a)
	})
	if err != nil {
		ro.site.fail(w, r, a, err)
		return
	}
	b.send(w)
}

// form checks who sends it before it reads what is sent. Of nobody's form only what he typed is read, to give it back; of any
// other that is refused nothing is.
func (ro *route) form(w http.ResponseWriter, r *http.Request) {
	var b buffer
	body := ro.site.measure(w, r)
	a, err := ro.site.admit(r, ro.right)
	switch {
	case err == nil:
		err = ro.limits.read(r)
		defer ro.limits.clean(r)
	case fault.Is(err, "fault.sign_in"):
		readTyped(r)
	}
	if body.late != nil {
		err = body.late
	}
	if err == nil {
		err = agree(r, a)
	}
	if err == nil {
		err = ro.site.prove(r, &a)
	}
	if err == nil {
		a.Key = r.PostForm.Get("_key")
		err = ro.handler(&b, r, a)
	}
	answerBy(w)
	if err != nil {
		ro.site.fail(w, r, a, err)
		return
	}
	b.send(w)
}

// stream lets the handler write as it comes. An error after the first byte can only break the connection off.
func (ro *route) stream(w http.ResponseWriter, r *http.Request) {
	ro.site.measure(w, r)
	a, err := ro.site.admit(r, ro.right)
	before := w.Header().Clone()
	t := NewRolling(w)
	if err == nil {
		w.Header().Set("Content-Security-Policy", filePolicy)
		if err = ro.handler(t, r, a); err == nil {
			return
		}
	}
	if t.Wrote {
		ro.site.log(r).ErrorContext(r.Context(), "stream broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	clear(w.Header()) // what the handler meant for the file does not belong to the page that says why not
	maps.Copy(w.Header(), before)
	ro.site.fail(w, r, a, err)
}

func (s *Site) read(ctx context.Context, f func(context.Context) error) error {
	if s.Read == nil {
		return f(ctx)
	}
	return s.Read(ctx, f)
}

// admit makes the actor and checks the right: 404 before 401 before 403.
func (s *Site) admit(r *http.Request, right who.Action) (who.Actor, error) {
	a, err := s.actor(r)
	if err != nil {
		return a, err
	}
	if right != who.Anybody && a.Person == "" {
		return a, fault.New(fault.SignIn, "fault.sign_in")
	}
	return a, a.Must(right)
}

func (s *Site) actor(r *http.Request) (who.Actor, error) {
	a, err := s.Resolve(r)
	if a.Zone == nil {
		a.Zone = time.UTC
	}
	a.From = RemoteIP(r)
	return a, err
}

// by stands in a form for the person whose page it was: 32 hex digits that say nothing else.
func by(a who.Actor) string {
	if a.Person == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("form of " + a.Person))
	return hex.EncodeToString(sum[:16])
}

// agree compares the form's hidden fields with address and session. _by must be the person who sends it. _org must be a number of the address: the
// organisation in view, or the one acted for under /for/. _seen must be the session's present count of switches. A form
// without the fields does not disagree; one that has a field twice with two values does.
func agree(r *http.Request, a who.Actor) error {
	for _, whose := range r.PostForm["_by"] {
		if whose != by(a) {
			return &stale{person: true}
		}
	}
	number, customer, ok := Place(r)
	if !ok {
		return nil
	}
	own := []string{strconv.FormatInt(number, 10)}
	if customer != 0 {
		own = append(own, strconv.FormatInt(customer, 10))
	}
	for _, org := range r.PostForm["_org"] {
		if !slices.Contains(own, org) {
			return &stale{org: org}
		}
	}
	for _, seen := range r.PostForm["_seen"] {
		if seen != strconv.FormatInt(a.Seen, 10) {
			return &stale{}
		}
	}
	return nil
}

// stale is a form of another context: 409, with everything kept that was typed.
type stale struct {
	org    string // number in the form, if it is not the address's
	person bool   // it was opened by somebody else who was signed in here
}

func (*stale) Error() string { return "the form belongs to another context" }

// Rolling gives a slow reader time as long as it goes on reading.
type Rolling struct {
	http.ResponseWriter
	Wrote bool // anything has left: no other answer is possible
	ctl   *http.ResponseController
}

// NewRolling wraps the writer of an answer that is sent as it comes.
func NewRolling(w http.ResponseWriter) *Rolling {
	return &Rolling{ResponseWriter: w, ctl: http.NewResponseController(w)}
}

// Unwrap is for http.ResponseController.
func (t *Rolling) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *Rolling) WriteHeader(status int) {
	t.Wrote = true
	t.ResponseWriter.WriteHeader(status)
}

func (t *Rolling) Write(p []byte) (int, error) {
	t.Wrote = true
	t.ctl.SetWriteDeadline(machine().Add(answerTime))
	return t.ResponseWriter.Write(p)
}

// ReadFrom sends a file in pieces, each of which renews the reader's time. The kernel sends a file by itself if one limit at most
// stands around it, so that of src is taken off.
func (t *Rolling) ReadFrom(src io.Reader) (total int64, err error) {
	t.Wrote = true
	left := int64(math.MaxInt64)
	if l, limited := src.(*io.LimitedReader); limited {
		src, left = l.R, l.N
	}
	for {
		t.ctl.SetWriteDeadline(machine().Add(answerTime))
		n, err := io.CopyN(t.ResponseWriter, src, min(left-total, 1<<20))
		total += n
		if err == io.EOF || err == nil && total == left {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
