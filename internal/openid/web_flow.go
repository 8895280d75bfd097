package openid

import (
	"net/http"
	"net/url"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// Addresses of pages that people see on the way to a website and back.
const (
	consentAt   = "/oauth/consent"
	onwardAt    = "/oauth/onward"
	signOutAt   = "/oauth/sign-out"
	signedOutAt = "/oauth/signed-out"
)

// Authorize is where websites send people who want to sign in.
func (p Pages) Authorize(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	out, err := p.decide(r.Context(), a, r.URL.RawQuery)
	if err != nil {
		return err
	}
	return p.follow(w, r, out)
}

// follow leads on. Browsers count an address to which a form's answer redirects as one that the form was sent to, and ours are sent to ourselves
// only: so a page stands in between if our own sign-in was the step before.
func (p Pages) follow(w http.ResponseWriter, r *http.Request, out outcome) error {
	to := out.page
	if out.leave != "" {
		if to = out.leave; r.Header.Get("Sec-Fetch-Site") == "same-origin" {
			to = onwardAt + "?" + url.Values{"to": {p.seal(lead{Client: out.client.ID, Name: out.client.Name, To: out.leave})}}.Encode()
		}
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// consentView asks the person who is signed in.
type consentView struct {
	Name   string // of the website
	Host   string
	Person string
	Email  string
	Learns []web.Text
	Agree  bool       // it may not know yet what it asks for
	Proof  *web.Field // to sign in anew
	Action string
	Back   string // where a sign-out leads: the same request
}

func (v consentView) PageTitle() web.Text { return web.Say("openid.go_to", "name", v.Name) }

var consentPage = web.Page[consentView]{Name: "openid/consent", Title: "openid.go_to", Public: true}

// ConsentForm asks whether the website may learn who is here, or for a new sign-in, or both.
func (p Pages) ConsentForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	q, st, err := p.consider(r.Context(), a, r.URL.RawQuery)
	if _, no := err.(*refusal); no || err == nil && !st.ask { // the request's own address knows what to answer
		return p.Site.Redirect(w, r, q.again(p.Provider, AuthorizeAt))
	}
	if err != nil {
		return err
	}
	v := consentView{Name: q.client.Name, Host: q.client.Host(), Person: a.Name, Email: a.Email, Agree: st.agree, Action: q.again(p.Provider, consentAt), Back: q.again(p.Provider, AuthorizeAt)}
	for _, scope := range q.in.Scopes {
		v.Learns = append(v.Learns, web.Say("openid.learns."+scope))
	}
	if st.prove {
		f, err := p.Identities.ProofField(r.Context(), a)
		if err != nil {
			return err
		}
		f.Name = web.ProofName
		v.Proof = &f
	}
	return consentPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// onwardView leads to a website.
type onwardView struct {
	Name   string // of the website; '' = none
	To     string
	Out    bool     // after a sign-out
	Frames []string // loaded by the browser, so that websites end their sessions
}

func (v onwardView) PageTitle() web.Text {
	if v.Out {
		return web.Say("identity.signed_out")
	}
	return web.Say("openid.go_to", "name", v.Name)
}

var onwardPage = web.Page[onwardView]{Name: "openid/onward", Title: "openid.go_to", Public: true}

// ConsentPost takes the answer.
func (p Pages) ConsentPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Answer string `form:"answer"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	out, err := p.agree(r.Context(), a, r.URL.RawQuery, f.Answer == "yes")
	if err != nil {
		return err
	}
	return p.onward(w, r, a, onwardView{Name: out.client.Name, To: out.leave}, "0")
}

func (p Pages) onward(w http.ResponseWriter, r *http.Request, a who.Actor, v onwardView, after string) error {
	if v.To != "" {
		w.Header().Set("Refresh", after+"; url="+v.To)
	}
	web.NoReferrer(w)
	return onwardPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// Onward leads on to what Authorize answered.
func (p Pages) Onward(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	l, err := p.unseal(r.URL.Query().Get("to"))
	if err != nil {
		return err
	}
	return p.onward(w, r, a, onwardView{Name: l.Name, To: l.To}, "0")
}

// Logout is where websites send people who sign out. One that brings the ID token of this very session needs no question; for any other a page asks.
func (p Pages) Logout(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	l, err := p.readLeaving(r.Context(), r.URL.RawQuery)
	if err != nil {
		return err
	}
	to := signOutAt + "?" + r.URL.RawQuery
	if a.Person == "" || l.proves(a) {
		if to, err = p.out(r.Context(), a, l); err != nil {
			return err
		}
		p.Site.ClearSession(w)
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// signOutView asks whether to sign out.
type signOutView struct {
	Name   string // of the website that asks; '' = unknown
	Person string
	Action string
}

var signOutPage = web.Page[signOutView]{Name: "openid/sign-out", Title: "openid.sign_out_title", Public: true}

// SignOutForm asks.
func (p Pages) SignOutForm(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	l, err := p.readLeaving(r.Context(), r.URL.RawQuery)
	if err != nil {
		return err
	}
	return signOutPage.Render(p.Site, w, r, a, http.StatusOK, signOutView{l.client.Name, a.Name, signOutAt + "?" + r.URL.RawQuery})
}

// SignOutPost signs out, here and at the websites.
func (p Pages) SignOutPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	l, err := p.readLeaving(r.Context(), r.URL.RawQuery)
	if err != nil {
		return err
	}
	to, err := p.out(r.Context(), a, l)
	if err != nil {
		return err
	}
	p.Site.ClearSession(w)
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// SignedOut has the browser tell those websites that can only be told by it, and leads back to the one that asked.
func (p Pages) SignedOut(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	l, err := p.unseal(r.URL.Query().Get("to"))
	if err != nil {
		return err
	}
	v := onwardView{Name: l.Name, To: l.To, Out: true}
	if v.Frames, err = p.frames(r.Context(), l.Session); err != nil {
		return err
	}
	wait := "0"
	if len(v.Frames) > 0 {
		wait = "3"
		origins := make([]string, len(v.Frames))
		for i, f := range v.Frames {
			origins[i] = origin(f)
		}
		web.AllowFrames(w, r, origins...)
	}
	return p.onward(w, r, a, v, wait)
}
