package release

import (
	"net/http"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/product"
)

// listPage is the vendor's list of releases.
type listPage struct {
	New   string // address; empty unless the reader may make one
	Keys  string
	Bar   web.Bar
	Heads web.Heads
	Rows  []listRow
	Empty *web.Empty
	Pager web.Pager
}

type listRow struct {
	Row
	Href        string
	ChannelWord web.Text
	Status      web.Status
}

var listing = web.Page[listPage]{Name: "release/releases", Title: "release.releases"}

type listQuery struct {
	Product string `form:"product"`
	Channel string `form:"channel"`
	State   string `form:"state"`
	Before  string `form:"before"`
}

// List shows all releases to the vendor's people.
func (p Pages) List(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q listQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	f := Filter{Product: q.Product, Channel: q.Channel, State: q.State}
	var err error
	if f.At, f.ID, err = web.ParseEdge(q.Before); err != nil {
		return err
	}
	rows, more, err := p.Releases.List(r.Context(), a, f)
	if err != nil {
		return err
	}
	products, err := p.Releases.Products(r.Context(), a)
	if err != nil {
		return err
	}
	at := web.Path(r) + "/releases"
	page := listPage{Keys: at + "/keys", Bar: listBar(at, q, products), Heads: listHeads()}
	if a.May(Manage) {
		page.New = at + "/new"
	}
	for _, row := range rows {
		page.Rows = append(page.Rows, listRow{row, at + "/" + row.ID, web.Say("release.channel_" + row.Channel), statusOf(row.State, row.Mandatory, "")})
	}
	if len(rows) == 0 {
		page.Empty = &web.Empty{Title: web.Say("release.none_yet"), Text: web.Say("release.none_yet_text")}
		if q != (listQuery{}) {
			page.Empty = &web.Empty{Title: web.Say("release.none_match"), Acts: []web.Act{{Label: web.Say("release.clear_filter"), Href: at}}}
		} else if page.New != "" {
			page.Empty.Acts = []web.Act{{Label: web.Say("release.new"), Icon: "plus", Href: page.New}}
		}
	}
	v := r.URL.Query()
	if v.Del("before"); q.Before != "" {
		page.Pager.Newer = at + "?" + v.Encode()
	}
	if more {
		last := rows[len(rows)-1]
		v.Set("before", web.Edge(last.UpdatedAt, last.ID))
		page.Pager.Older = at + "?" + v.Encode()
	}
	page.Pager.Time = true
	return listing.Render(p.Site, w, r, a, http.StatusOK, page)
}

func listBar(at string, q listQuery, products []product.Product) web.Bar {
	return web.Bar{Action: at, Selects: []web.Select{
		web.Pick("product", "release.product", "release.product_any", q.Product, productOptions(products)...),
		web.Pick("channel", "release.channel", "release.channel_any", q.Channel, web.Words("release.channel_", Channels...)...),
		web.Pick("state", "release.state", "release.state_any", q.State, web.Words("release.state_", Draft, Signed, Published, Withdrawn)...),
	}}
}

func productOptions(products []product.Product) (all []web.Option) {
	for _, p := range products {
		all = append(all, web.Option{Value: p.Code, Label: web.Data(p.Name)})
	}
	return all
}

func listHeads() web.Heads {
	return web.Heads{Columns: []web.Column{{Label: web.Say("release.release")}, {Label: web.Say("release.channel"), Width: "w-108"}, {Label: web.Say("release.state"), Width: "w-190"},
		{Label: web.Say("release.date"), Width: "w-120"}, {Label: web.Say("release.files"), Num: true, Width: "w-84"}, {Label: web.Say("release.changed_at"), Num: true, Width: "w-120"}}}
}
