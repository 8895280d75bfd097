package home

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/platform/api"
	"lodge/internal/platform/event"
	"lodge/internal/platform/who"
)

// ViewProducts is the right to see what the organisation in view has and how its support stands: every member's.
const ViewProducts who.Action = "home.view_products"

// API is the door for programs.
type API struct{ Home *Home }

// Register adds the operations of products and of the log.
func (p API) Register(s *api.API) {
	api.Context(s, api.Op{ID: "list-products", Method: "GET", Path: "/products", Tag: "Products", Summary: "List products", Text: "What the organisation has, with the state of its support."}, ViewProducts, p.products)
	api.Context(s, api.Op{ID: "list-events", Method: "GET", Path: "/events", Tag: "Log", Summary: "Read the log", Text: "Who did what, the newest first. Administrators and staff read all, everybody else what the maker of the token did."},
		account.ViewEvents, p.events)
}

// supported is a product as programs see it.
type supported struct {
	Code    string `json:"code"`
	Slug    string `json:"slug"`
	Name    string `json:"name"`
	Status  string `json:"status" enum:"active,retired"`
	Support string `json:"support" enum:"active,ending,expired,none" doc:"ending: within thirty days."`
	Until   string `json:"support_until,omitempty" format:"date" doc:"Last covered day."`
}

type productAt struct{ Next int }

func (p API) products(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[supported], error) {
	var at productAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, err := p.Home.Products(ctx, a)
	if err != nil {
		return nil, err
	}
	items := []supported{}
	for i := at.Next; i < len(all); i++ {
		if len(items) == in.Limit {
			return api.Of(ctx, items, productAt{i})
		}
		items = append(items, supported{all[i].Code, all[i].Slug, all[i].Name, all[i].Status, supportWord(all[i].Support), all[i].Support.Until})
	}
	return api.Of(ctx, items, nil)
}

func supportWord(s contract.Support) string {
	switch s.State {
	case contract.Running:
		return "active"
	case contract.Ending:
		return "ending"
	case contract.Expired:
		return "expired"
	}
	return "none"
}

// happened is an event as programs see it.
type happened struct {
	ID      string          `json:"id"`
	At      time.Time       `json:"at"`
	Name    string          `json:"name" doc:"account.contact_invited"`
	Subject string          `json:"subject" doc:"Kind and id of what it is about."`
	Person  string          `json:"person,omitempty" doc:"Who; empty for the program."`
	As      string          `json:"acting_for,omitempty" doc:"The organisation for which somebody of another one acted."`
	Source  string          `json:"source" enum:"own,partnership,staff,system"`
	Address string          `json:"address,omitempty" doc:"Network address; not of other organisations' people."`
	Request string          `json:"request,omitempty" doc:"Number of the request that it is about."`
	Body    json.RawMessage `json:"body" doc:"Ids and words, before and after."`
}

type eventAt struct {
	At time.Time
	ID string
}

type eventsAsked struct {
	api.Paging
	Start   time.Time `query:"from" doc:"At this moment or after it."`
	End     time.Time `query:"until" doc:"Before this moment."`
	Contact string    `query:"contact" doc:"Id of a contact: what happened to it."`
	Person  string    `query:"person" doc:"Id of a person: what he did."`
	Kind    string    `query:"kind" enum:"ticket,account,partner,provision,contract,licence,release,subscription,token,openid,federation,importer" doc:"What it is about: the first word of the name."`
}

func (p API) events(ctx context.Context, a who.Actor, in *eventsAsked) (*api.List[happened], error) {
	var at eventAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, err := p.Home.Log(ctx, a, LogFilter{From: in.Start, Until: in.End, Contact: in.Contact, Person: in.Person, Kind: in.Kind}, event.Before{At: at.At, ID: at.ID, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var next any
	if len(all) > in.Limit {
		all = all[:in.Limit]
		next = eventAt{all[in.Limit-1].At, all[in.Limit-1].ID}
	}
	items := make([]happened, 0, len(all))
	for _, e := range all {
		h := happened{ID: e.ID, At: e.At, Name: e.Name, Subject: e.Subject, Person: strings.TrimSpace(e.Person), Source: string(e.Source), Address: e.Address, Request: e.Ticket, Body: json.RawMessage(e.Body)}
		if e.Source == who.Staff || e.Source == who.Partnership {
			h.As = e.ActingFor
			if !a.Reach.All && a.Source != who.Staff {
				h.Address = "" // where other organisations' people sit is theirs
			}
		}
		items = append(items, h)
	}
	return api.Of(ctx, items, next)
}
