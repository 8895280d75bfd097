package provision

import (
	"context"
	"strconv"

	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

const resellerChapter = "Resellers"

// registerTerms adds the operations by which the vendor says what partners may.
func (p API) registerTerms(s *api.API) {
	api.Register(s, api.Op{ID: "list-resellers", Method: "GET", Path: "/resellers", Tag: resellerChapter, Summary: "List partners with what they may as resellers", Text: "By name."},
		ManageResellers, p.resellers)
	api.Register(s, api.Op{ID: "get-reseller", Method: "GET", Path: "/resellers/{number}", Tag: resellerChapter, Summary: "Read what a partner may as a reseller"}, ManageResellers, p.reseller)
	api.Register(s, api.Op{ID: "change-reseller", Method: "PATCH", Path: "/resellers/{number}", Tag: resellerChapter, Summary: "Change what a partner may as a reseller",
		Text: "Customers that it has created keep what they have.", Errors: []int{409, 412, 428}}, ManageResellers, p.setTerms)
}

// AReseller is a partner with what it may.
type AReseller struct {
	Number    int64    `json:"number"`
	Name      string   `json:"name"`
	TrialDays int      `json:"trial_days" doc:"The longest trial that it may give; 0 = none."`
	Roles     []string `json:"roles" doc:"That it has for a customer whom it creates."`
	Types     []string `json:"product_types" doc:"Codes of the active ones that it may give."`
}

func resellerOut(t Terms) AReseller {
	return AReseller{t.Number, t.Name, t.TrialDays, t.Roles(), append([]string{}, t.Types()...)}
}

type resellerAt struct {
	Name   string
	Number int64
}

func (p API) resellers(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[AReseller], error) {
	var at resellerAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, more, err := p.Provisions.Resellers(ctx, a, ResellersFrom{Name: at.Name, Number: at.Number, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var next any
	items := make([]AReseller, 0, len(all))
	for _, t := range all {
		items = append(items, resellerOut(t))
		if more {
			next = resellerAt{t.Name, t.Number}
		}
	}
	return api.Of(ctx, items, next)
}

type theReseller struct {
	ETag string `header:"ETag"`
	Body AReseller
}

func (p API) reseller(ctx context.Context, a who.Actor, in *OneCustomer) (*theReseller, error) {
	n, err := in.number()
	if err != nil {
		return nil, err
	}
	c, err := p.Provisions.Reseller(ctx, a, n)
	if err != nil {
		return nil, err
	}
	return &theReseller{api.ETag(c.Version), resellerOut(c.Terms)}, nil
}

type termsBody struct {
	OneCustomer
	api.Conditional
	Body struct {
		TrialDays api.Change[int]      `json:"trial_days,omitempty" doc:"0 to 366; null = none."`
		Roles     api.Change[[]string] `json:"roles,omitempty" doc:"All of them; null = as partners have without terms."`
		Types     api.Change[[]string] `json:"product_types,omitempty" doc:"Codes, all of them; null = none."`
	} `contentType:"application/merge-patch+json"`
}

func (p API) setTerms(ctx context.Context, a who.Actor, in *termsBody) (*theReseller, error) {
	n, err := in.number()
	if err != nil {
		return nil, err
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	var to Allowance
	if b := in.Body.TrialDays; b.Set {
		to.TrialDays = &b.Value
	}
	if b := in.Body.Roles; b.Set {
		if to.Roles = &b.Value; b.Value == nil {
			to.Roles = &StandingRoles
		}
	}
	if b := in.Body.Types; b.Set {
		to.Types = &b.Value
	}
	if err := p.Provisions.SetTerms(ctx, a, n, version, to); err != nil {
		return nil, err
	}
	return p.reseller(ctx, a, &OneCustomer{Number: strconv.FormatInt(n, 10)})
}
