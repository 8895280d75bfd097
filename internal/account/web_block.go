package account

import (
	"net/http"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// blocksView is a person's own page of invitations that he does not want.
type blocksView struct {
	All    bool // nobody invites
	Blocks []Block
}

var blocksPage = web.Page[blocksView]{Name: "account/blocks", Title: "account.blocks_title"}

// DeclinePost ends an invitation for good, from its page.
func (p Pages) DeclinePost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		From string `form:"from"` // organisation, all
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	all := f.From == "all"
	i, err := p.Decline(r.Context(), p.Site.CarriedLink(r), all, identity.Visit{Address: web.RemoteIP(r), Device: r.UserAgent()})
	if err != nil {
		return err
	}
	p.Site.DropLink(w)
	done := fault.Msg("account.declined", "organisation", i.OrgName)
	if all {
		done = fault.Msg("account.declined_all")
	}
	return p.Site.Redirect(w, r, "/sign-in", done)
}

// BlocksPage lists them.
func (p Pages) BlocksPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	all, err := p.Blocks(r.Context(), a)
	if err != nil {
		return err
	}
	v := blocksView{Blocks: all}
	if len(all) > 0 && all[0].Org == "" {
		v.All, v.Blocks = true, all[1:]
	}
	return blocksPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

// BlocksPost blocks or allows all invitations, or allows those of one organisation.
func (p Pages) BlocksPost(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var f struct {
		Act string `form:"act"` // block, allow
		Org string `form:"organisation"`
	}
	if err := web.Form(r, &f); err != nil {
		return err
	}
	act := func() error { return p.Allow(r.Context(), a, f.Org) }
	if f.Act == "block" {
		act = func() error { return p.BlockAll(r.Context(), a) }
	}
	if err := act(); err != nil {
		return err
	}
	return p.Site.Redirect(w, r, "/me/invitations", fault.Msg("account.blocks_saved"))
}
