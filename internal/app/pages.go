package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// resolve makes the actor of a page's request.
func (a *App) resolve(r *http.Request) (who.Actor, error) {
	token, err := a.Site.Session(r)
	if err != nil {
		return who.Actor{}, err
	}
	number, customer, _ := web.Place(r)
	actor, err := a.Accounts.Resolve(r.Context(), account.Asked{Token: token, Number: number, Customer: customer, Address: web.RemoteIP(r)})
	if fault.Is(err, "fault.sign_in") {
		return actor, nil // nobody: the router knows what that means for this address
	}
	if err == nil && (a.Identities.Fading(actor.Session) || a.Accounts.Enters(actor)) {
		web.After(r.Context(), func(ctx context.Context) {
			if err := a.Identities.Touch(ctx, actor.Session); err != nil {
				a.Config.Log.WarnContext(ctx, "session not kept alive", "error", err)
			}
			if err := a.Accounts.Entered(ctx, actor); err != nil {
				a.Config.Log.WarnContext(ctx, "access not recorded", "error", err)
			}
		})
	}
	return actor, err
}

// start leads to the home page of the context last chosen, or says that no organisation knows the person.
func (a *App) start(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	number, err := a.Accounts.Home(r.Context(), me)
	if err != nil {
		return err
	}
	if number != 0 {
		return a.Site.Redirect(w, r, "/o/"+strconv.FormatInt(number, 10)+"/")
	}
	vendor, err := a.Accounts.Vendor(r.Context())
	if err != nil {
		return err
	}
	return nobodyPage.Render(a.Site, w, r, me, http.StatusOK, nobody{Email: identity.Email(me.Email).Shown(), Desk: vendor.Email})
}

// nobody is the page of a person whom no organisation knows.
type nobody struct {
	Email string // with which the person signed in
	Desk  string // whom to ask
}

var nobodyPage = web.Page[nobody]{Name: "app/nobody", Title: "app.nobody_title"}

// refusal names who can give a right.
func (a *App) refusal(ctx context.Context, me who.Actor, right string) (web.Asking, error) {
	w, err := a.Accounts.Ask(ctx, me, who.Action(right))
	if err != nil {
		return web.Asking{}, err
	}
	asking := web.Asking{Right: web.Say("app.right." + right)}
	for _, p := range w.People {
		asking.People = append(asking.People, web.Helper{Name: p.FirstName + " " + p.LastName, As: account.RoleWord(w.Role), Mail: p.Email})
	}
	if w.Self {
		asking.Acts = []web.Act{{Label: web.Say("app.give_yourself"), Href: fmt.Sprintf("/o/%d/contacts", me.Acting)}}
	}
	if me.Source == who.Own && me.Member != "" && !w.Self {
		asking.Ask = &web.AskForm{Action: fmt.Sprintf("/o/%d%s", me.Acting, account.AsksAt), Right: right, Desk: len(w.People) > 0,
			Text: web.Field{Name: "text", ID: "ask-text", Label: web.Say("app.ask_text"), Hint: web.Say("app.ask_hint"), Max: 300, Optional: true}}
	}
	if w.Desk.ID != "" {
		asking.Desk = web.Helper{Name: w.Desk.Name, As: web.Say("app.desk"), Mail: w.Desk.Email}
	}
	return asking, nil
}

// mailView shows captured letters in the demo.
type mailView struct{ Letters []mail.Captured }

var mailPage = web.Page[mailView]{Name: "app/mail", Title: "app.mail_title", Public: true}

func (a *App) mailPage(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	return mailPage.Render(a.Site, w, r, me, http.StatusOK, mailView{a.Capture.All()})
}

func (a *App) mailJSON() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		json.NewEncoder(w).Encode(a.Capture.All())
	})
}

// health says that the process lives; it asks nobody.
var health = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })

// ready says that the process can serve: the database answers.
func (a *App) ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.Store.Ping(r.Context()); err != nil {
			a.Config.Log.WarnContext(r.Context(), "not ready", "error", err)
			answer(w, http.StatusServiceUnavailable, "the database does not answer")
			return
		}
		answer(w, http.StatusOK, "ok")
	})
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write([]byte(text + "\n"))
}
