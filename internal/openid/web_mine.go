package openid

import (
	"net/http"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// MineAt is the address of a person's own websites.
const MineAt = "/me/websites"

type mineView struct {
	Rows  []Access
	Heads web.Heads
}

// Empty says what no websites mean.
func (v mineView) Empty() web.Empty {
	return web.Empty{Title: web.Say("openid.mine_empty"), Text: web.Say("openid.mine_empty_text")}
}

var minePage = web.Page[mineView]{Name: "openid/mine", Title: "openid.mine"}

// MinePage shows the websites that know the reader.
func (p Pages) MinePage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	all, err := p.Mine(r.Context(), a)
	if err != nil {
		return err
	}
	return minePage.Render(p.Site, w, r, a, http.StatusOK, mineView{all, web.Heads{Columns: []web.Column{{Label: web.Say("openid.name")}, {Label: web.Say("openid.agreed"), Width: "w-190"},
		{Label: web.Say("openid.last_in"), Width: "w-190"}, {Label: web.Say("openid.acts"), Hidden: true}}}})
}

// ForgetPost ends what the reader has at one of them.
func (p Pages) ForgetPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	if err := p.Forget(r.Context(), a, r.PathValue("website")); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, MineAt, fault.Msg("openid.done_forgotten"))
}
