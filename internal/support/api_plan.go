package support

import (
	"context"
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

func (p API) registerPlan(s *api.API) {
	api.Context(s, api.Op{ID: "list-actions", Method: "GET", Path: "/requests/{number}/actions", Tag: chapter, Summary: "List the plan of a request"}, ViewRequests, p.actions)
	api.Context(s, api.Op{ID: "plan-action", Method: "POST", Path: "/requests/{number}/actions", Tag: chapter, Summary: "Plan an action", Status: http.StatusCreated,
		Text: "For helpers. All three sides see the plan."}, PlanActions, p.plan)
	api.Context(s, api.Op{ID: "change-action", Method: "PATCH", Path: "/requests/{number}/actions/{action}", Tag: chapter, Summary: "Move, finish or drop an action",
		Text: "Either `date`, or `state` with a `result`. The customer finishes what the customer is to do.", Errors: []int{409, 412, 428}}, Answer, p.changeAction)
}

type entriesAsked struct {
	api.Paging
	Numbered
}

func (p API) messages(ctx context.Context, a who.Actor, in *entriesAsked) (*api.List[message], error) {
	r, err := p.Requests.Show(ctx, a, in.Number)
	if err != nil {
		return nil, err
	}
	return slice(ctx, in.Paging, messagesOf(r))
}

type indexAt struct{ Next int }

// slice is a page of a list that is short enough to be read whole.
func slice[T any](ctx context.Context, page api.Paging, all []T) (*api.List[T], error) {
	var at indexAt
	if _, err := page.From(ctx, &at); err != nil {
		return nil, err
	}
	at.Next = min(at.Next, len(all))
	end := at.Next + page.Limit
	if end < len(all) {
		return api.Of(ctx, all[at.Next:end], indexAt{end})
	}
	return api.Of(ctx, all[at.Next:], nil)
}

func (p API) actions(ctx context.Context, a who.Actor, in *entriesAsked) (*api.List[planned], error) {
	r, err := p.Requests.Show(ctx, a, in.Number)
	if err != nil {
		return nil, err
	}
	return slice(ctx, in.Paging, full(r).Actions)
}

type planBody struct {
	Numbered
	Body struct {
		Title string `json:"title" required:"true"`
		Date  string `json:"date" required:"true" format:"date" doc:"Civil day."`
		Side  string `json:"side" required:"true" enum:"customer,partner,vendor" doc:"Who does it."`
	}
}

// anAction is the answer with one action.
type anAction struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     planned
}

func (p API) plan(ctx context.Context, a who.Actor, in *planBody) (*anAction, error) {
	id, err := p.Requests.PlanAction(ctx, a, in.Number, Plan{Title: in.Body.Title, Date: in.Body.Date, Side: ticket.Side(in.Body.Side)})
	if err != nil {
		return nil, err
	}
	out, err := p.action(ctx, a, in.Number, id)
	if err == nil {
		out.Location = api.Address(ctx) + "/" + id
	}
	return out, err
}

func (p API) action(ctx context.Context, a who.Actor, number, id string) (*anAction, error) {
	r, err := p.Requests.Show(ctx, a, number)
	if err != nil {
		return nil, err
	}
	out := &anAction{}
	for _, act := range r.Actions {
		if act.ID == id {
			out.ETag, out.Body = api.ETag(act.Version), plannedOf(act)
		}
	}
	return out, nil
}

type actionBody struct {
	Numbered
	api.Conditional
	Action string `path:"action" doc:"Id."`
	Body   struct {
		Date   api.Change[string] `json:"date,omitempty" format:"date"`
		State  api.Change[string] `json:"state,omitempty" enum:"done,dropped"`
		Result api.Change[string] `json:"result,omitempty"`
	} `contentType:"application/merge-patch+json"`
}

func (p API) changeAction(ctx context.Context, a who.Actor, in *actionBody) (*anAction, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	switch {
	case b.State.Set && b.Date.Set:
		err = unknownWord("date")
	case b.State.Set && b.State.Value == ticket.Done:
		err = p.Requests.FinishAction(ctx, a, in.Number, in.Action, version, b.Result.Value)
	case b.State.Set && b.State.Value == ticket.Dropped:
		err = p.Requests.DropAction(ctx, a, in.Number, in.Action, version, b.Result.Value)
	case b.State.Set:
		err = unknownWord("state")
	case b.Result.Set:
		err = unknownWord("result")
	case b.Date.Set:
		err = p.Requests.MoveAction(ctx, a, in.Number, in.Action, version, b.Date.Value)
	}
	if err != nil {
		return nil, err
	}
	return p.action(ctx, a, in.Number, in.Action)
}
