package partner

import (
	"context"
	"net/http"
	"time"

	"lodge/internal/platform/api"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// API is the door for programs.
type API struct{ Partners *Partners }

const chapter = "Partners"

// Register adds the operations.
func (p API) Register(s *api.API) {
	api.Register(s, api.Op{ID: "list-partnerships", Method: "GET", Path: "/partnerships", Tag: chapter, Summary: "List partnerships",
		Text: "Those in which others act for the organisation, or in which it acts for others, the newest first."}, View, p.list)
	api.Register(s, api.Op{ID: "get-partnership", Method: "GET", Path: "/partnerships/{partnership}", Tag: chapter, Summary: "Read a partnership",
		Text: "With the newest times at which it was used, for the customer."}, View, p.get)
	api.Register(s, api.Op{ID: "change-partnership", Method: "PATCH", Path: "/partnerships/{partnership}", Tag: chapter, Summary: "Extend or shorten a partnership",
		Text: "By the customer. One without a last day is confirmed by giving it one, at most two years from today.", Errors: []int{412, 428}}, Manage, p.change)
	api.Register(s, api.Op{ID: "end-partnership", Method: "POST", Path: "/partnerships/{partnership}/end", Tag: chapter, Summary: "End a partnership at once",
		Text: "By either side.", Status: http.StatusNoContent}, Manage, p.end)
	api.Register(s, api.Op{ID: "list-partner-asks", Method: "GET", Path: "/partner-asks", Tag: chapter, Summary: "List what partners ask",
		Text: "What waits for the organisation’s answer, and the last fifty that it asked itself."}, View, p.asks)
	api.Register(s, api.Op{ID: "ask-partnership", Method: "POST", Path: "/partner-asks", Tag: chapter, Summary: "Ask a customer for a partnership", Status: http.StatusCreated,
		Text: "By a partner. The answer is the same whether or not the number is anybody’s; unanswered, it ends after 90 days.", Errors: []int{409}}, Manage, p.ask)
	api.Register(s, api.Op{ID: "agree-to-partnership", Method: "POST", Path: "/partner-asks/{ask}/agree", Tag: chapter, Summary: "Agree to a partnership", Status: http.StatusCreated,
		Text: "By the customer, with all or some of the roles. It takes the place of what stands between the two."}, Manage, p.agree)
	api.Register(s, api.Op{ID: "refuse-partnership", Method: "POST", Path: "/partner-asks/{ask}/refuse", Tag: chapter, Summary: "Refuse a partnership", Status: http.StatusNoContent}, Manage, p.refuse)
	api.Register(s, api.Op{ID: "withdraw-partner-ask", Method: "POST", Path: "/partner-asks/{ask}/withdraw", Tag: chapter, Summary: "Take back what was asked", Status: http.StatusNoContent}, Manage, p.withdraw)
}

// side is the other one of a partnership.
type side struct {
	Number int64  `json:"number"`
	Name   string `json:"name"`
}

type aUse struct {
	At     time.Time `json:"at"`
	Name   string    `json:"name,omitempty" doc:"Absent of a program."`
	Number int64     `json:"number" doc:"Of the organisation or site that was entered."`
}

type APartnership struct {
	ID      string   `json:"id"`
	As      string   `json:"as" enum:"customer,partner" doc:"Which side the organisation is."`
	With    side     `json:"with" doc:"The other side."`
	Roles   []string `json:"roles"`
	State   string   `json:"state" enum:"coming,active,open,over" doc:"Open: active without a last day."`
	From    string   `json:"from" format:"date"`
	Until   string   `json:"until,omitempty" format:"date" doc:"Last day."`
	Extends bool     `json:"extends" doc:"By itself, for half a year, before it ends."`
	GivenBy string   `json:"given_by" enum:"customer,vendor,import"`
}

func shown(r Row, as Side, now time.Time) APartnership {
	return APartnership{r.ID, string(as), side{r.Number, r.Name}, append([]string{}, Ordered(r.Roles())...), r.State(now), r.From, r.Until, r.Extends, r.GivenBy}
}

type listAsked struct {
	api.Paging
	As   string `query:"as" enum:"customer,partner" doc:"Which side the organisation is; customer if absent."`
	Past bool   `query:"past" doc:"Those that are over instead of the others."`
}

type rowAt struct{ ID string }

func (p API) list(ctx context.Context, a who.Actor, in *listAsked) (*api.List[APartnership], error) {
	var at rowAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	as := AsCustomer
	if in.As == string(AsPartner) {
		as = AsPartner
	}
	all, err := p.Partners.List(ctx, a, Filter{Side: as, Past: in.Past, After: at.ID, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var next any
	if len(all) > in.Limit {
		all = all[:in.Limit]
		next = rowAt{all[in.Limit-1].ID}
	}
	items, now := make([]APartnership, 0, len(all)), p.Partners.Store.Clock.Now()
	for _, r := range all {
		items = append(items, shown(r, as, now))
	}
	return api.Of(ctx, items, next)
}

// OnePartnership names one: embedded, so exported for the reader of parameters.
type OnePartnership struct {
	Partnership string `path:"partnership"`
}

type thePartnership struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     struct {
		APartnership
		Uses []aUse `json:"uses" doc:"For the customer; the newest fifty."`
	}
}

func (p API) get(ctx context.Context, a who.Actor, in *OnePartnership) (*thePartnership, error) {
	s, err := p.Partners.Show(ctx, a, in.Partnership)
	if err != nil {
		return nil, err
	}
	out := &thePartnership{ETag: api.ETag(s.Version)}
	out.Body.APartnership = shown(s.Row, s.Side, p.Partners.Store.Clock.Now())
	out.Body.Uses = []aUse{}
	for _, u := range s.Uses {
		use := aUse{At: u.At, Number: u.Number}
		if u.Last != "" {
			use.Name = u.First + " " + u.Last
		}
		out.Body.Uses = append(out.Body.Uses, use)
	}
	return out, nil
}

type partnershipChange struct {
	OnePartnership
	api.Conditional
	Body struct {
		Until   api.Change[string] `json:"until,omitempty" format:"date" doc:"Last day."`
		Extends api.Change[bool]   `json:"extends,omitempty"`
	} `contentType:"application/merge-patch+json"`
}

func (p API) change(ctx context.Context, a who.Actor, in *partnershipChange) (*thePartnership, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	was, err := p.Partners.Show(ctx, a, in.Partnership)
	if err != nil {
		return nil, err
	}
	err = p.Partners.Change(ctx, a, in.Partnership, version, in.Body.Until.Or(was.Until), in.Body.Extends.Or(was.Extends))
	if fault.Is(err, "partner.changed") {
		err = api.Stale()
	}
	if err != nil {
		return nil, err
	}
	return p.get(ctx, a, &in.OnePartnership)
}

func (p API) end(ctx context.Context, a who.Actor, in *OnePartnership) (*struct{}, error) {
	return &struct{}{}, p.Partners.End(ctx, a, in.Partnership)
}

type anAsk struct {
	ID      string     `json:"id"`
	As      string     `json:"as" enum:"customer,partner" doc:"Customer: it waits for the organisation’s answer."`
	Partner side       `json:"partner"`
	Number  int64      `json:"number" doc:"That was asked."`
	Roles   []string   `json:"roles"`
	Months  int        `json:"months"`
	Reason  string     `json:"reason"`
	State   string     `json:"state" enum:"waiting,agreed,refused,withdrawn,unanswered"`
	At      time.Time  `json:"asked_at"`
	Expires time.Time  `json:"expires_at"`
	Answer  *time.Time `json:"answered_at,omitempty"`
}

func told(k Ask, as Side, now time.Time) anAsk {
	return anAsk{k.ID, string(as), side{k.PartnerNumber, k.PartnerName}, k.Number, append([]string{}, Ordered(k.Roles())...), k.Months, k.Reason, k.State(now), k.At, k.Expires, k.AnsweredAt}
}

type askAt struct {
	As Side
	ID string
}

func (p API) asks(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[anAsk], error) {
	var at askAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	sent, came, err := p.Partners.Asks(ctx, a)
	if err != nil {
		return nil, err
	}
	items, now := []anAsk{}, p.Partners.Store.Clock.Now()
	for i, k := range append(came, sent...) {
		as := AsPartner
		if i < len(came) {
			as = AsCustomer // the oldest first; what was sent, the newest
		}
		before := at.As == AsPartner && (as == AsCustomer || k.ID >= at.ID) || at.As == AsCustomer && as == AsCustomer && k.ID <= at.ID
		switch {
		case before:
			continue
		case len(items) == in.Limit:
			last := items[len(items)-1]
			return api.Of(ctx, items, askAt{Side(last.As), last.ID})
		}
		items = append(items, told(k, as, now))
	}
	return api.Of(ctx, items, nil)
}

type wishBody struct {
	Body struct {
		Number int64    `json:"number" required:"true" doc:"Of the customer, or of one of its sites."`
		Roles  []string `json:"roles" required:"true"`
		Months int      `json:"months" required:"true" doc:"How long, 1 to 24."`
		Reason string   `json:"reason,omitempty"`
	}
}

type made struct {
	Location string `header:"Location"`
	Body     struct {
		ID string `json:"id"`
	}
}

func (p API) ask(ctx context.Context, a who.Actor, in *wishBody) (*made, error) {
	b := in.Body
	id, err := p.Partners.Ask(ctx, a, Wish{Number: b.Number, Roles: b.Roles, Months: b.Months, Reason: b.Reason})
	if err != nil {
		return nil, err
	}
	out := &made{Location: api.Base + "/partner-asks"}
	out.Body.ID = id
	return out, nil
}

// OneAsk names one: embedded, so exported for the reader of parameters.
type OneAsk struct {
	Ask string `path:"ask"`
}

type agreeBody struct {
	OneAsk
	Body struct {
		Roles   []string `json:"roles" required:"true" doc:"Of those that were asked for."`
		Until   string   `json:"until" required:"true" format:"date" doc:"Last day, at most two years from today."`
		Extends bool     `json:"extends,omitempty" doc:"By itself, for half a year, before it ends."`
	}
}

func (p API) agree(ctx context.Context, a who.Actor, in *agreeBody) (*made, error) {
	id, err := p.Partners.Agree(ctx, a, in.Ask, Terms{in.Body.Roles, in.Body.Until, in.Body.Extends})
	if err != nil {
		return nil, err
	}
	out := &made{Location: api.Base + "/partnerships/" + id}
	out.Body.ID = id
	return out, nil
}

func (p API) refuse(ctx context.Context, a who.Actor, in *OneAsk) (*struct{}, error) {
	return &struct{}{}, p.Partners.Refuse(ctx, a, in.Ask)
}

func (p API) withdraw(ctx context.Context, a who.Actor, in *OneAsk) (*struct{}, error) {
	return &struct{}{}, p.Partners.Withdraw(ctx, a, in.Ask)
}
