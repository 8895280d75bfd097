package app

import (
	"fmt"
	"net/http"
	"strconv"

	"lodge/internal/account"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// contextAt is where the switcher posts to, and where a tab asks whether another one has switched.
const contextAt = "/me/context"

var switchedPart = web.Part[web.Notice]{Name: "notice"}

// switched answers a tab that works for the organisation with this number: the notice that another tab has switched since, or nothing. Only the script asks;
// without it the next page says the same.
func (a *App) switched(w http.ResponseWriter, r *http.Request, me who.Actor) error {
	var q struct {
		Number string `form:"number"`
	}
	if err := web.Query(r, &q); err != nil {
		return err
	}
	if !web.Fragment(r) {
		return a.Site.Redirect(w, r, account.PlacesAt)
	}
	here := web.Whole(q.Number)
	now, err := a.Accounts.Home(r.Context(), me)
	if err != nil {
		return err
	}
	places, err := a.Accounts.Places(r.Context(), me)
	if err != nil {
		return err
	}
	var old, active account.Place
	for _, p := range places {
		switch p.Number {
		case here:
			old = p
		case now:
			active = p
		}
	}
	if old.Number == 0 || active.Number == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return switchedPart.Render(a.Site, w, r, me, http.StatusOK, web.Notice{Tone: web.Warn, Alert: true, Below: true,
		Title: web.Say("app.switched", "number", active.Number, "name", shown(active.Name, active.City)),
		Text:  web.Say("app.switched_text", "here", fmt.Sprintf("%d – %s", old.Number, shown(old.Name, old.City)), "number", active.Number),
		Acts: []web.Act{
			{Label: web.Say("app.switched_go", "number", active.Number), Href: fmt.Sprintf("/o/%d/", active.Number), Primary: true},
			{Label: web.Say("app.elsewhere_switch", "number", old.Number), Post: contextAt, Name: "to", Value: strconv.FormatInt(old.Number, 10)},
		}})
}
