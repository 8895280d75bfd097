package search

import (
	"embed"
	"fmt"
	"net/http"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/support"
)

//go:embed pages/*.tmpl
var Templates embed.FS

//go:embed lang/*.json
var Lang embed.FS

// Pages are the doors that people use.
type Pages struct {
	*Search
	Site *web.Site
}

type result struct {
	support.Row
	Href   string
	Turn   web.Turn
	Status web.Status
}

type searchView struct {
	Q             string `form:"q"`
	Open, Closed  []result
	Organisations []Organisation
	Base          string
	Nothing       bool
}

// Field is the text, to be changed.
func (v searchView) Field() web.Field {
	return web.Field{Name: "q", ID: "text", Type: "search", Label: web.Say("search.text"), Hint: web.Say("search.hint"), Value: v.Q}
}

// Empty says that nothing was found.
func (v searchView) Empty() web.Empty {
	return web.Empty{Title: web.Say("search.nothing", "text", v.Q), Text: web.Say("search.nothing_text")}
}

var searchPage = web.Page[searchView]{Name: "search/search", Title: "search.title"}

// SearchPage answers a search.
func (p Pages) SearchPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var v searchView
	if err := web.Query(r, &v); err != nil {
		return err
	}
	found, err := p.Find(r.Context(), a, v.Q)
	if err != nil {
		return err
	}
	v.Base, v.Organisations, v.Nothing = web.Path(r), found.Organisations, v.Q != "" && found.Empty()
	v.Open, v.Closed = results(r, a, found.Open, found.Vendor), results(r, a, found.Closed, found.Vendor)
	return searchPage.Render(p.Site, w, r, a, http.StatusOK, v)
}

func results(r *http.Request, a who.Actor, rows []support.Row, vendor string) []result {
	var all []result
	for _, row := range rows {
		all = append(all, result{Row: row, Href: support.HrefOf(r, a, row), Turn: support.TurnOf(a, row, vendor), Status: support.StatusOf(row.State)})
	}
	return all
}

// Enter is the address of a customer's pages.
func (v searchView) Enter(number int64) string { return fmt.Sprintf("%s/for/%d/", v.Base, number) }
