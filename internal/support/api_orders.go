package support

import (
	"context"
	"net/http"

	"lodge/internal/platform/api"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

const orders = "Orders"

// registerOrders adds the operations of orders: those of requests at another address, since another right shows one's own.
func (p API) registerOrders(s *api.API) {
	op := func(id, method, path, summary string) api.Op {
		return api.Op{ID: id, Method: method, Path: "/orders" + path, Tag: orders, Summary: summary}
	}
	made := func(o api.Op, text string) api.Op {
		o.Status, o.Text = http.StatusCreated, text
		return o
	}
	api.Context(s, op("list-orders", "GET", "", "List orders"), Order, p.listOrders)
	renewal := made(op("order-renewal", "POST", "", "Order a renewal of support"), "While an order for the product is open, the answer is 200 with that order.")
	renewal.Or = http.StatusOK
	api.Context(s, renewal, Order, p.renew)
	api.Context(s, op("get-order", "GET", "/{number}", "Read an order"), Order, orderly(p.get))
	api.Context(s, op("list-order-messages", "GET", "/{number}/messages", "List the timeline of an order"), Order, orderly(p.messages))
	api.Context(s, made(op("post-order-message", "POST", "/{number}/messages", "Answer an order"), "As to a request."), Order, orderly(p.post))
	api.Context(s, op("decide-order", "POST", "/{number}/decision", "Accept or refuse what was done, reopen or cancel an order"), Decide, orderly(p.decide))
	api.Context(s, op("move-order", "POST", "/{number}/state", "Take an order over, pass it on, wait or cancel"), Handle, orderly(p.move))
	api.Context(s, op("set-order-severity", "POST", "/{number}/severity", "Change the severity of an order"), ChangeSeverity, orderly(p.severity))
	api.Context(s, op("own-order", "POST", "/{number}/owner", "Make the maker of the token the owner of an order"), Handle, orderly(p.own))
	api.Context(s, op("withhold-order", "POST", "/{number}/partners", "Withhold an order from partners, or give it back"), Withhold, orderly(p.withhold))
	api.Context(s, op("list-order-actions", "GET", "/{number}/actions", "List the plan of an order"), Order, orderly(p.actions))
	api.Context(s, made(op("plan-order-action", "POST", "/{number}/actions", "Plan an action of an order"), "For helpers."), PlanActions, orderly(p.plan))
	change := op("change-order-action", "PATCH", "/{number}/actions/{action}", "Move, finish or drop an action of an order")
	change.Text, change.Errors = "As of a request.", []int{409, 412, 428}
	api.Context(s, change, Order, orderly(p.changeAction))

	api.Context(s, op("list-order-files", "GET", "/{number}/files", "List the files of an order"), Order, orderly(p.files))
	add := made(op("add-order-files", "POST", "/{number}/files", "Add files to an order"), "As to a request.")
	add.Brings, add.Answer, add.Largest, add.Errors = "multipart/form-data", api.Items[heldFile]{}, ticket.MaxFiles*blob.MaxFile+1<<20, []int{411}
	api.Stream(s, add, Order, true, func(w http.ResponseWriter, r *http.Request, a who.Actor, in *Numbered) error {
		if err := in.ordered(); err != nil {
			return err
		}
		return p.addFiles(w, r, a, in)
	})
	fetch := op("get-order-file", "GET", "/{number}/files/{file}", "Fetch a file of an order")
	fetch.Gives, fetch.Parts, fetch.Errors = "application/octet-stream", true, []int{409}
	api.Stream(s, fetch, Order, true, func(w http.ResponseWriter, r *http.Request, a who.Actor, in *fileAsked) error {
		if err := in.ordered(); err != nil {
			return err
		}
		return p.fetch(w, r, a, in)
	})
}

// ordered is NotFound for what is no order: the right to orders shows no request.
func (n Numbered) ordered() error {
	kind, _, err := parsed(n.Number)
	if err == nil && kind != ticket.Order {
		err = fault.Missing()
	}
	return err
}

// orderly is an operation of requests for orders alone.
func orderly[I, O any](f func(context.Context, who.Actor, *I) (*O, error)) func(context.Context, who.Actor, *I) (*O, error) {
	return func(ctx context.Context, a who.Actor, in *I) (*O, error) {
		if err := any(in).(interface{ ordered() error }).ordered(); err != nil {
			return nil, err
		}
		return f(ctx, a, in)
	}
}

func (p API) listOrders(ctx context.Context, a who.Actor, in *listAsked) (*api.List[listedRequest], error) {
	return p.listOf(ctx, a, in, ticket.Order)
}

type renewBody struct {
	Body struct {
		Product string `json:"product" required:"true" doc:"Code of one that the organisation has."`
		Text    string `json:"text,omitempty" doc:"What the vendor should know; Markdown."`
	}
}

// anOrder is the order that was made, or the one that stood already.
type anOrder struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     fullRequest
}

func (p API) renew(ctx context.Context, a who.Actor, in *renewBody) (*anOrder, error) {
	number, made, err := p.Requests.Renew(ctx, a, in.Body.Product, in.Body.Text)
	if err != nil {
		return nil, err
	}
	r, err := p.read(ctx, a, number)
	if err != nil {
		return nil, err
	}
	out := &anOrder{Status: http.StatusOK, Location: api.Address(ctx) + "/" + number, ETag: r.ETag, Body: r.Body}
	if made {
		out.Status = http.StatusCreated
	}
	return out, nil
}
