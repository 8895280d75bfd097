package support

import (
	"net/http"
	"strconv"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// done ends a form of a request's page: the request again with what was typed if it was refused, else its page with a notice.
func (p Pages) done(w http.ResponseWriter, r *http.Request, a who.Actor, err error, y typed, notice fault.Message) error {
	no, ok := refused(err, conflicts...)
	if ok {
		y.no = no
		return p.again(w, r, a, y)
	}
	if err != nil {
		return err
	}
	return p.to(w, r, r.PathValue("ticket"), notice)
}

type replyForm struct {
	Text  string      `form:"text"`
	Then  string      `form:"then"`
	Files []*web.File `form:"files"`
	Kept  []string    `form:"kept"`
	Draft string      `form:"draft"`
}

// Reply sends a message to everybody who sees the request.
func (p Pages) Reply(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f replyForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	// Whoever may not see the request stores no file on the way.
	if _, err := p.Requests.Show(r.Context(), a, r.PathValue("ticket")); err != nil {
		return err
	}
	files, err := p.upload(r.Context(), a, f.Files, f.Kept)
	if err == nil {
		err = p.Requests.Reply(r.Context(), a, r.PathValue("ticket"), Reply{Text: f.Text, Files: files, Then: ticket.State(f.Then)})
	}
	return p.done(w, r, a, err, typed{form: "reply", fields: map[string]string{"text": f.Text, "draft": f.Draft}, then: f.Then, files: files}, fault.Msg("support.done_replied"))
}

type noteForm struct {
	Note  string `form:"note"`
	Draft string `form:"draft"`
}

// Note writes an internal note: another address, another form, another type than a reply.
func (p Pages) Note(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f noteForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.Note(r.Context(), a, r.PathValue("ticket"), ticket.Note{Internal: f.Note})
	return p.done(w, r, a, err, typed{form: "note", fields: map[string]string{"note": f.Note, "draft": f.Draft}}, fault.Msg("support.done_noted"))
}

type planForm struct {
	Title string `form:"title"`
	Date  string `form:"date"`
	Side  string `form:"side"`
}

// PlanAction adds an action to the plan.
func (p Pages) PlanAction(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f planForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	_, err := p.Requests.PlanAction(r.Context(), a, r.PathValue("ticket"), Plan{Title: f.Title, Date: f.Date, Side: ticket.Side(f.Side)})
	return p.done(w, r, a, err, typed{form: "plan", fields: map[string]string{"title": f.Title, "date": f.Date, "side": f.Side}}, fault.Msg("support.done_planned"))
}

type moveForm struct {
	State string `form:"state"`
	Text  string `form:"text"`
}

// Move takes the request over, passes it on, waits or cancels it.
func (p Pages) Move(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f moveForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.Move(r.Context(), a, r.PathValue("ticket"), ticket.State(f.State), f.Text)
	return p.done(w, r, a, err, typed{form: "move", fields: map[string]string{"state": f.State, "text": f.Text}}, fault.Msg("support.done_moved"))
}

type decisionForm struct {
	Decision string `form:"decision"`
	Text     string `form:"text"`
}

// Decide accepts or refuses a solution, reopens or cancels the request.
func (p Pages) Decide(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f decisionForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.Decide(r.Context(), a, r.PathValue("ticket"), Decision(f.Decision), f.Text)
	y := typed{form: "decision", fields: map[string]string{"decision": f.Decision, "text": f.Text}}
	if err != nil {
		return p.done(w, r, a, err, y, fault.Message{})
	}
	return p.done(w, r, a, nil, y, fault.Msg("support.done_"+f.Decision))
}

type severityForm struct {
	Severity string `form:"severity"`
	Reason   string `form:"reason"`
}

// SetSeverity changes the severity.
func (p Pages) SetSeverity(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f severityForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.SetSeverity(r.Context(), a, r.PathValue("ticket"), whole(f.Severity), f.Reason)
	return p.done(w, r, a, err, typed{form: "severity", fields: map[string]string{"severity": f.Severity, "reason": f.Reason}}, fault.Msg("support.done_severity"))
}

// Own makes the reader the request's owner.
func (p Pages) Own(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	err := p.Requests.Own(r.Context(), a, r.PathValue("ticket"))
	return p.done(w, r, a, err, typed{}, fault.Msg("support.done_owned"))
}

type withholdForm struct {
	VendorOnly bool `form:"vendor_only"`
}

// Withhold hides the request from partners, or gives it back to them.
func (p Pages) Withhold(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f withholdForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.Withhold(r.Context(), a, r.PathValue("ticket"), f.VendorOnly)
	if f.VendorOnly {
		return p.done(w, r, a, err, typed{}, fault.Msg("support.done_withheld"))
	}
	return p.done(w, r, a, err, typed{}, fault.Msg("support.done_given"))
}

// actionPage is the form that moves, finishes or drops an action.
type actionPage struct {
	Heading      web.Text
	Crumbs       web.Crumbs
	At, Back     string
	Version      string
	Summary      []web.Notice
	Date, Result web.Field
}

func (p actionPage) PageTitle() web.Text { return p.Heading }

var actionOf = web.Page[actionPage]{Name: "support/action", Title: "support.action"}

type actionForm struct {
	Version string `form:"version"`
	Date    string `form:"date"`
	Result  string `form:"result"`
}

// Action shows that form.
func (p Pages) Action(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	return p.action(w, r, a, http.StatusOK, nil, nil)
}

func (p Pages) action(w http.ResponseWriter, r *http.Request, a who.Actor, status int, f *actionForm, no *fault.Error) error {
	t, act, err := p.Requests.Action(r.Context(), a, r.PathValue("ticket"), r.PathValue("action"))
	if err != nil {
		return err
	}
	back := web.Path(r) + placeOf(t.Number)
	page := actionPage{Heading: web.Data(act.Title), At: back + "/actions/" + act.ID, Back: back, Version: strconv.FormatInt(act.Version, 10),
		Crumbs: web.Crumbs{Items: []web.Link{listOf(r, t.Kind), {Href: back, Label: web.Data(t.Number)}, {Label: web.Say("support.action")}}},
		Date:   web.Field{Name: "date", Type: "date", Label: web.Say("support.new_date"), Value: act.On, Short: true}.With(no),
		Result: web.Field{Name: "result", Label: web.Say("support.result"), Optional: true, Max: ticket.MaxTitle, Autocomplete: "off"}.With(no)}
	if f != nil {
		if f.Date != "" {
			page.Date.Value = f.Date
		}
		page.Result.Value = f.Result
	}
	page.Summary = web.Summary(no, page.Date, page.Result)
	return actionOf.Render(p.Site, w, r, a, status, page)
}

// MoveAction gives the action another day.
func (p Pages) MoveAction(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f actionForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.MoveAction(r.Context(), a, r.PathValue("ticket"), r.PathValue("action"), int64(whole(f.Version)), f.Date)
	return p.acted(w, r, a, f, err, fault.Msg("support.done_action_moved"))
}

// FinishAction says that the action is done. Customers have no form of its own to return to, so theirs is the request.
func (p Pages) FinishAction(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f actionForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.FinishAction(r.Context(), a, r.PathValue("ticket"), r.PathValue("action"), int64(whole(f.Version)), f.Result)
	if ticket.SideOf(a) == ticket.Customer {
		return p.done(w, r, a, err, typed{form: "action"}, fault.Msg("support.done_action_done"))
	}
	return p.acted(w, r, a, f, err, fault.Msg("support.done_action_done"))
}

// DropAction takes the action off the plan.
func (p Pages) DropAction(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f actionForm
	if err := web.Form(r, &f); err != nil {
		return err
	}
	err := p.Requests.DropAction(r.Context(), a, r.PathValue("ticket"), r.PathValue("action"), int64(whole(f.Version)), f.Result)
	return p.acted(w, r, a, f, err, fault.Msg("support.done_action_dropped"))
}

func (p Pages) acted(w http.ResponseWriter, r *http.Request, a who.Actor, f actionForm, err error, notice fault.Message) error {
	if no, ok := refused(err, conflicts...); ok {
		return p.action(w, r, a, int(no.Kind), &f, no)
	}
	if err != nil {
		return err
	}
	return p.to(w, r, r.PathValue("ticket"), notice)
}
