package account

import (
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// PlacesAt is the page of the organisations somebody works for.
const PlacesAt = "/me/organisations"

// placesView lists them, and which of them opens after sign-in.
type placesView struct {
	Bar     web.Bar
	Rows    []placeRow
	Empty   web.Empty
	Several bool
}

type placeRow struct {
	Place
	Name    string // with the town
	Words   []web.Text
	Current bool // what the session works as
}

var placesPage = web.Page[placesView]{Name: "account/places", Title: "account.places"}

// PlacesPage shows the reader's own organisations: to switch, to choose the primary one, and to find one among many.
func (p Pages) PlacesPage(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q struct {
		Text string `form:"text"`
	}
	if err := web.Query(r, &q); err != nil {
		return err
	}
	all, err := p.Places(r.Context(), a)
	if err != nil {
		return err
	}
	now, err := p.Home(r.Context(), a)
	if err != nil {
		return err
	}
	v := placesView{Several: len(all) > 1, Bar: web.Bar{Action: PlacesAt, Find: web.Say("account.places_find"), Text: q.Text}}
	for _, place := range all {
		row := placeRow{Place: place, Name: place.Name, Current: place.Number == now}
		if place.City != "" {
			row.Name += ", " + place.City
		}
		if !strings.Contains(NameKey(strconv.FormatInt(place.Number, 10)+" "+row.Name), NameKey(q.Text)) {
			continue
		}
		for _, role := range place.Roles() {
			row.Words = append(row.Words, RoleWord(role))
		}
		v.Rows = append(v.Rows, row)
	}
	if q.Text != "" {
		v.Bar.Clear = PlacesAt
	}
	switch {
	case len(v.Rows) > 0:
	case strings.TrimSpace(q.Text) != "":
		v.Empty = web.Empty{Title: web.Say("account.places_none_found"), Acts: []web.Act{{Label: web.Say("account.places_all"), Href: PlacesAt}}}
	default:
		v.Empty = web.Empty{Title: web.Say("account.places_none"), Text: web.Say("account.places_none_text")}
	}
	return placesPage.Render(p.Site, w, r, a, http.StatusOK, v)
}
