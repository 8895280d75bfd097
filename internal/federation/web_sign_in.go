package federation

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// What a browser carries while it is away, and while an account waits for its owner.
const (
	attemptCookie = "lodge-company"
	waitingCookie = "lodge-company-link"
)

// Company is identity.Pages.Company: it sends an address to its company's sign-in.
func (p Pages) Company(w http.ResponseWriter, r *http.Request, email identity.Email, next string) (sent bool, err error) {
	connection, sealed, err := p.Begin(r.Context(), email, next)
	if err != nil || connection == "" {
		return false, err
	}
	p.Site.Carry(w, attemptCookie, sealed, attemptTime)
	return true, p.Site.Redirect(w, r, At+"/"+connection)
}

// leavingView says where the reader goes on.
type leavingView struct{ Domain, Link string }

var leavingPage = web.Page[leavingView]{Name: "federation/leaving", Title: "federation.leaving", Public: true}

// Leaving is the page between a form and the company: a form of ours must not lead to another host, a page may.
func (p Pages) Leaving(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	connection := r.PathValue("connection")
	domain, err := p.Hint(r.Context(), connection, p.Site.Carried(r, attemptCookie))
	if err != nil {
		return otherWays(err)
	}
	link := At + "/" + connection + "/go"
	w.Header().Set("Refresh", "0; url="+link)
	return leavingPage.Render(p.Site, w, r, a, http.StatusOK, leavingView{domain, link})
}

// Go leads to the company.
func (p Pages) Go(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
	address, err := p.Leave(r.Context(), r.PathValue("connection"), p.Site.Carried(r, attemptCookie))
	if err != nil {
		return otherWays(err)
	}
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// otherWays is a refusal with the way back to the sign-in page.
func otherWays(err error) error {
	return &web.Instead{Err: err, Acts: []web.Act{{Label: web.Say("federation.other_ways"), Href: "/sign-in", Primary: true}}}
}

// Back takes what the company answers. Only a GET ends an attempt.
func (p Pages) Back(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	connection, sealed := r.PathValue("connection"), p.Site.Carried(r, attemptCookie)
	in, err := answer(r.URL.Query())
	if err != nil {
		return otherWays(err)
	}
	visit := identity.Visit{Address: web.RemoteIP(r), Device: r.UserAgent()}
	out, err := p.Arrive(r.Context(), a, connection, sealed, in, visit)
	if err != nil {
		return otherWays(err)
	}
	p.Site.Drop(w, attemptCookie)
	switch {
	case out.Linked:
		return p.Site.Redirect(w, r, LinksAt, fault.Msg("federation.done_linked"))
	case out.Waiting != "":
		p.Site.Carry(w, waitingCookie, out.Waiting, attemptTime)
		return p.Site.Redirect(w, r, At+"/"+connection+"/link")
	}
	if a.Session != "" { // the browser forgets it now, so nobody else shall use it
		if err := p.Identities.SignOut(r.Context(), a); err != nil {
			return err
		}
	}
	return p.SignIn.Onward(w, r, a, out.Started, out.Next)
}

// answer reads an address; what stands in it twice is nobody's answer.
func answer(q url.Values) (Answer, error) {
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(q[name]) > 1 {
			return Answer{}, attemptOver(errors.New(name + " came twice"))
		}
	}
	return Answer{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error"), HasIssuer: q.Has("iss")}, nil
}

// waitingView asks the owner of an account to show that it is his.
type waitingView struct {
	Email  string // as stored
	Shown  string
	Domain string
	Ready  bool
	At     string
	Fields []web.Field
}

var waitingPage = web.Page[waitingView]{Name: "federation/waiting", Title: "federation.waiting", Public: true}

// WaitingForm asks for the password once, or for the last click.
func (p Pages) WaitingForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	connection := r.PathValue("connection")
	q, err := p.Waiting(r.Context(), a, connection, p.Site.Carried(r, waitingCookie))
	if err != nil {
		return otherWays(err)
	}
	v := waitingView{Email: string(q.Email), Shown: q.Email.Shown(), Domain: q.Email.Domain(), Ready: q.Ready, At: At + "/" + connection + "/link"}
	v.Fields = []web.Field{{Name: "password", Type: "password", Label: web.Say("identity.password"), Autocomplete: "current-password", Required: true, Autofocus: true}}
	return waitingPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// WaitingPost links the account.
func (p Pages) WaitingPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	next, err := p.LinkWaiting(r.Context(), a, r.PathValue("connection"), p.Site.Carried(r, waitingCookie))
	if err != nil {
		return otherWays(err)
	}
	p.Site.Drop(w, waitingCookie)
	return p.Site.Redirect(w, r, cmp.Or(web.OwnPath(next), "/"), fault.Msg("federation.done_linked"))
}

// maxLogout is the most that a logout request may bring.
const maxLogout = 64 << 10

// SignOutPost takes a company's word that somebody has signed out there: Back-Channel Logout 1.0, section 2.8.
func (p Pages) SignOutPost(w http.ResponseWriter, r *http.Request, _ who.Actor) error {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, maxLogout)
	if err := r.ParseForm(); err != nil {
		return wrongLogout(err)
	}
	if err := p.Federations.SignOut(r.Context(), r.PathValue("connection"), r.PostForm.Get("logout_token")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// linkRow is a company's sign-in on a person's own page.
type linkRow struct {
	Offer
	Link, Unlink string // addresses; '' = not
}

type linksView struct{ Rows []linkRow }

// Empty says what no rows mean.
func (v linksView) Empty() web.Empty {
	return web.Empty{Title: web.Say("federation.links_none"), Text: web.Say("federation.links_none_text")}
}

var linksPage = web.Page[linksView]{Name: "federation/links", Title: "federation.links"}

// Links shows the reader's links to companies' sign-ins.
func (p Pages) Links(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	all, err := p.Offered(r.Context(), a)
	if err != nil {
		return err
	}
	var v linksView
	for _, o := range all {
		row := linkRow{Offer: o}
		if o.LinkedAt.IsZero() {
			row.Link = LinksAt + "/" + o.Connection + "/link"
		} else {
			row.Unlink = LinksAt + "/" + o.Connection + "/unlink"
		}
		v.Rows = append(v.Rows, row)
	}
	return linksPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// LinkPost sends the reader to a company to link its account.
func (p Pages) LinkPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	connection := r.PathValue("connection")
	sealed, err := p.BeginLink(r.Context(), a, connection)
	if err != nil {
		return err
	}
	p.Site.Carry(w, attemptCookie, sealed, attemptTime)
	return p.Site.Redirect(w, r, At+"/"+connection)
}

// UnlinkPost takes a link away.
func (p Pages) UnlinkPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Identities.UnlinkCompany(r.Context(), a, r.PathValue("connection")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, LinksAt, fault.Msg("federation.done_unlinked"))
}
