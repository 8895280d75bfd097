package search

import (
	"context"

	"lodge/internal/account"
	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
	"lodge/internal/support"
)

// API is the door for programs.
type API struct{ Search *Search }

// Register adds the search.
func (p API) Register(s *api.API) {
	api.Context(s, api.Op{ID: "search", Method: "GET", Path: "/search", Tag: "Search", Summary: "Search",
		Text: "Requests by words or number, and customers by the beginning of their name or their number: whatever the maker of the token may find."}, account.ViewHome, p.find)
}

type asked struct {
	Q string `query:"q" doc:"Words, or a number."`
}

type found struct {
	Number       string `json:"number"`
	Title        string `json:"title"`
	State        string `json:"state"`
	Organisation int64  `json:"organisation" doc:"Number."`
}

type customer struct {
	Number int64  `json:"number"`
	Name   string `json:"name"`
	City   string `json:"city,omitempty"`
}

type answer struct {
	Body struct {
		Open          []found    `json:"open" doc:"Requests that are open."`
		Closed        []found    `json:"closed" doc:"Requests that are over."`
		Organisations []customer `json:"organisations"`
	}
}

func (p API) find(ctx context.Context, a who.Actor, in *asked) (*answer, error) {
	f, err := p.Search.Find(ctx, a, in.Q)
	if err != nil {
		return nil, err
	}
	out := &answer{}
	out.Body.Open, out.Body.Closed, out.Body.Organisations = rows(f.Open), rows(f.Closed), []customer{}
	for _, o := range f.Organisations {
		out.Body.Organisations = append(out.Body.Organisations, customer(o))
	}
	return out, nil
}

func rows(all []support.Row) []found {
	out := []found{}
	for _, r := range all {
		out = append(out, found{r.Number, r.Title, string(r.State), r.OrgNumber})
	}
	return out
}
