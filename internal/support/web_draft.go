package support

import (
	"net/http"
	"strconv"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// unsentPart is what a composer knows of its unsent text.
type unsentPart struct {
	At     string // address that saves; + "/discard" removes
	Known  string // of the form: the saving that it knows
	State  web.Text
	Bad    bool   // it was not saved
	Newer  string // a text that another page of the same person has saved, when this one was refused
	Kept   bool   // there is one to discard
	Urgent bool   // the field holds what is saved nowhere: a refused form
}

// unsentState is the line under a composer's field; the script gets it as the answer to a saving.
var unsentState = web.Part[unsentPart]{Name: "support/unsent-state"}

// path is where a composer's form is sent to, below the request.
func (c Composer) path() string {
	if c == Internal {
		return "/notes"
	}
	return "/replies"
}

// name is what a refused form of the composer is called.
func (c Composer) name() string {
	if c == Internal {
		return "note"
	}
	return "reply"
}

// instant is a saving as a form knows it: microseconds of its time; "" knows of none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}

// known reads it. What is no number knows of none, and so replaces nothing.
func known(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.UnixMicro(n)
}

// savedAt is "14:02" today, else "13 Nov, 10:22".
func savedAt(pr *lang.Printer, a who.Actor, at, now time.Time) string {
	if clock.Day(at, a.Zone) == clock.Day(now, a.Zone) {
		return pr.Time(at)
	}
	return pr.MomentTime(at, now)
}

// stateOf says what is saved.
func stateOf(pr *lang.Printer, a who.Actor, u Unsent, now time.Time) unsentPart {
	part := unsentPart{Known: instant(u.At), Kept: u.Text != ""}
	if part.Kept {
		part.State = web.Say("support.unsent_saved", "at", savedAt(pr, a, u.At, now))
	}
	return part
}

// unsentOf fills a composer: its field with the unsent text, unless a refused form has one that is younger.
func (p Pages) unsentOf(r *http.Request, a who.Actor, c Composer, u Unsent, at string, y typed, field *web.Field) unsentPart {
	part := stateOf(p.Site.Printer(r, a), a, u, p.Site.Clock.Now())
	part.At = at + c.path() + "/draft"
	switch {
	case !y.in(c.name()):
		field.Value = u.Text
	case y.no.Code == "support.unsent_newer":
		part.Newer = u.Text // both stand there now: saving once more is a choice
	default:
		part.Known, part.Urgent = y.fields["draft"], true
	}
	return part
}

type unsentForm struct {
	Text  string `form:"text"`
	Note  string `form:"note"`
	Then  string `form:"then"`
	Draft string `form:"draft"`
}

func (f unsentForm) of(c Composer) string {
	if c == Internal {
		return f.Note
	}
	return f.Text
}

// SaveUnsent keeps a half-written reply or note: by its button, and by the script a moment after the last key.
func (p Pages) SaveUnsent(c Composer) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		var f unsentForm
		if err := web.Form(r, &f); err != nil {
			return err
		}
		kept, err := p.Requests.SaveUnsent(r.Context(), a, r.PathValue("ticket"), c, f.of(c), known(f.Draft))
		if web.Fragment(r) {
			return p.savedPart(w, r, a, kept, err)
		}
		y := typed{form: c.name(), fields: map[string]string{"text": f.Text, "note": f.Note, "draft": f.Draft}, then: f.Then}
		said := "support.done_unsent_saved"
		if kept.Text == "" {
			said = "support.done_unsent_discarded"
		}
		return p.done(w, r, a, err, y, fault.Msg(said))
	}
}

// savedPart answers the script: what is saved now, or in words why it is not.
func (p Pages) savedPart(w http.ResponseWriter, r *http.Request, a who.Actor, kept Unsent, err error) error {
	no, ok := refused(err, conflicts...)
	if err != nil && !ok {
		return err
	}
	if no == nil {
		return unsentState.Render(p.Site, w, r, a, http.StatusOK, stateOf(p.Site.Printer(r, a), a, kept, p.Site.Clock.Now()))
	}
	why := no.Text
	for _, field := range no.Fields {
		why = field.Text
	}
	return unsentState.Render(p.Site, w, r, a, int(no.Kind), unsentPart{State: web.Say("support.unsent_failed", "why", why), Bad: true})
}

// DiscardUnsent removes it.
func (p Pages) DiscardUnsent(c Composer) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, a who.Actor) error {
		if err := p.Requests.DiscardUnsent(r.Context(), a, r.PathValue("ticket"), c); err != nil {
			return err
		}
		return p.to(w, r, r.PathValue("ticket"), fault.Msg("support.done_unsent_discarded"))
	}
}

// left is an unsent reply of a request that takes none any more: it can still be read, and discarded.
func left(a who.Actor, q Request, at string) *leftPart {
	if q.Ticket.State.Open() || !a.May(needs(Answer, q.Ticket.Kind)) || q.Reply.Text == "" {
		return nil
	}
	return &leftPart{q.Reply.Text, at + Shared.path() + "/draft/discard"}
}

type leftPart struct{ Text, Discard string }
