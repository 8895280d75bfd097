package support

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"lodge/internal/platform/api"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// API is the door for programs.
type API struct {
	Requests *Requests
	Files    *blob.Store
}

const chapter = "Requests"

// Register adds the operations of requests.
func (p API) Register(s *api.API) {
	api.Context(s, api.Op{ID: "list-requests", Method: "GET", Path: "/requests", Tag: chapter, Summary: "List requests",
		Text: "Open requests, the most recently changed first; `view=closed` gives those that are over. A partner's and the vendor's own list spans their customers."}, ViewRequests, p.list)
	api.Context(s, api.Op{ID: "open-request", Method: "POST", Path: "/requests", Tag: chapter, Summary: "Open a request", Status: http.StatusCreated}, OpenRequests, p.open)
	api.Context(s, api.Op{ID: "get-request", Method: "GET", Path: "/requests/{number}", Tag: chapter, Summary: "Read a request",
		Text: "With its timeline, plan and files, as far as your side reads them. The number that an older system gave is found too."}, ViewRequests, p.get)
	api.Context(s, api.Op{ID: "list-messages", Method: "GET", Path: "/requests/{number}/messages", Tag: chapter, Summary: "List the timeline of a request"}, ViewRequests, p.messages)
	api.Context(s, api.Op{ID: "post-message", Method: "POST", Path: "/requests/{number}/messages", Tag: chapter, Summary: "Answer a request", Status: http.StatusCreated,
		Text: "A `public` message is read by everybody who sees the request; an `internal` one by the vendor's people only, who alone may write it."}, Answer, p.post)
	api.Context(s, api.Op{ID: "decide-request", Method: "POST", Path: "/requests/{number}/decision", Tag: chapter, Summary: "Accept or refuse a solution, reopen or cancel a request"}, Decide, p.decide)
	api.Context(s, api.Op{ID: "move-request", Method: "POST", Path: "/requests/{number}/state", Tag: chapter, Summary: "Take a request over, pass it on, wait or cancel",
		Text: "For helpers. A cancellation needs a text."}, Handle, p.move)
	api.Context(s, api.Op{ID: "set-severity", Method: "POST", Path: "/requests/{number}/severity", Tag: chapter, Summary: "Change the severity of a request"}, ChangeSeverity, p.severity)
	api.Context(s, api.Op{ID: "own-request", Method: "POST", Path: "/requests/{number}/owner", Tag: chapter, Summary: "Make the maker of the token the owner of a request"}, Handle, p.own)
	api.Context(s, api.Op{ID: "withhold-request", Method: "POST", Path: "/requests/{number}/partners", Tag: chapter, Summary: "Withhold a request from partners, or give it back"}, Withhold, p.withhold)
	api.Register(s, api.Op{ID: "read-desk", Method: "GET", Path: "/desk", Tag: chapter, Summary: "Read the queue of all customers' open requests", Text: "For the vendor's people."}, ViewDesk, p.desk)
	p.registerPlan(s)
	p.registerFiles(s)
	p.registerOrders(s)
	p.registerBulk(s)
}

type listedRequest struct {
	Number       string    `json:"number" doc:"SR-7K3M-Q2XS"`
	Href         string    `json:"href" doc:"Where you read it: below /for/ if it is a customer’s for whom you act."`
	Kind         string    `json:"kind,omitempty" enum:"question,defect,wish" doc:"Of a request; an order has none."`
	Title        string    `json:"title"`
	Severity     int       `json:"severity" doc:"1 urgent to 4 low."`
	State        string    `json:"state"`
	Turn         string    `json:"turn" doc:"Whose turn it is: customer, partner or vendor; empty when it is over."`
	Product      string    `json:"product" doc:"Name."`
	Organisation seat      `json:"organisation"`
	Requester    string    `json:"requester"`
	Partner      string    `json:"partner,omitempty"`
	Owner        string    `json:"owner,omitempty"`
	NextDate     string    `json:"next_date,omitempty" format:"date" doc:"The earliest planned action."`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func rowOf(a who.Actor, r Row) listedRequest {
	base := api.Base
	if a.Number != a.Acting {
		base += "/for/" + strconv.FormatInt(a.Number, 10)
	}
	return listedRequest{Number: r.Number, Href: within(base, a, r), Kind: r.Kind, Title: r.Title, Severity: r.Severity, State: string(r.State), Turn: string(r.Turn), Product: r.Product,
		Organisation: seat{r.OrgNumber, r.OrgName, r.OrgCity}, Requester: r.Requester, Partner: r.Partner, Owner: r.OwnerName, NextDate: r.NextOn, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

func (p API) list(ctx context.Context, a who.Actor, in *listAsked) (*api.List[listedRequest], error) {
	return p.listOf(ctx, a, in, ticket.Request)
}

type listAsked struct {
	api.Paging
	View         string `query:"view" enum:"all,mine,others,drafts,closed,own-closed" doc:"Which requests; default: the widest view that the token has."`
	Text         string `query:"text" doc:"Words, or a number."`
	State        string `query:"state" enum:"new,partner-analysis,vendor-analysis,waiting-for-information,solution-proposed,refused,reopened,closed,cancelled"`
	Turn         string `query:"turn" enum:"customer,partner,vendor"`
	Severity     string `query:"severity" enum:"1,2,3,4"`
	Product      string `query:"product" doc:"Code."`
	Organisation string `query:"organisation" doc:"Number."`
}

// atRow is the place of a row in a list.
type atRow struct {
	At time.Time
	ID string
}

func (p API) listOf(ctx context.Context, a who.Actor, in *listAsked, kind string) (*api.List[listedRequest], error) {
	f := Filter{Kind: kind, Tab: in.View, Text: in.Text, State: in.State, Turn: in.Turn, Severity: in.Severity, Product: in.Product, Site: in.Organisation, Limit: in.Limit}
	var at atRow
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	f.At, f.ID = at.At, at.ID
	l, err := p.Requests.List(ctx, a, f)
	if err != nil {
		return nil, err
	}
	if in.View != "" && in.View != l.Tab {
		return nil, unknownWord("view") // a view that this token has not
	}
	var next any
	items := make([]listedRequest, 0, len(l.Rows))
	for _, r := range l.Rows {
		items = append(items, rowOf(a, r))
		if l.Older {
			next = atRow{r.UpdatedAt, r.ID}
		}
	}
	return api.Of(ctx, items, next)
}

type deskAsked struct {
	api.Paging
	View     string `query:"view" enum:"all,mine,unassigned,vendor"`
	Text     string `query:"text" doc:"Words, or a number."`
	State    string `query:"state" enum:"new,partner-analysis,vendor-analysis,waiting-for-information,solution-proposed,refused,reopened"`
	Turn     string `query:"turn" enum:"customer,partner,vendor"`
	Severity string `query:"severity" enum:"1,2,3,4"`
	Product  string `query:"product" doc:"Code."`
}

func (p API) desk(ctx context.Context, a who.Actor, in *deskAsked) (*api.List[listedRequest], error) {
	f := QueueFilter{View: in.View, Text: in.Text, State: in.State, Turn: in.Turn, Severity: in.Severity, Product: in.Product, Limit: in.Limit}
	if _, err := in.From(ctx, &f.After); err != nil {
		return nil, err
	}
	q, err := p.Requests.Desk(ctx, a, f)
	if err != nil {
		return nil, err
	}
	var next any
	items := make([]listedRequest, 0, len(q.Rows))
	for _, r := range q.Rows {
		items = append(items, rowOf(a, r))
		if q.More {
			next = r.Key()
		}
	}
	return api.Of(ctx, items, next)
}

type newRequestBody struct {
	Body struct {
		Product     string `json:"product" required:"true" doc:"Code."`
		Kind        string `json:"kind" required:"true" enum:"question,defect,wish"`
		Title       string `json:"title" required:"true"`
		Description string `json:"description" required:"true" doc:"Markdown."`
		Severity    int    `json:"severity" required:"true" doc:"1 urgent to 4 low."`
		Requester   string `json:"requester,omitempty" doc:"The colleague for whom it is opened: person of a contact."`
		VendorOnly  bool   `json:"vendor_only,omitempty" doc:"Withhold it from partners."`
	}
}

// aRequest is the answer with one request.
type aRequest struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     fullRequest
}

func (p API) open(ctx context.Context, a who.Actor, in *newRequestBody) (*aRequest, error) {
	b := in.Body
	n, err := p.Requests.Open(ctx, a, Opening{Product: b.Product, Kind: b.Kind, Title: b.Title, Description: b.Description, Severity: b.Severity, Requester: b.Requester, VendorOnly: b.VendorOnly})
	if err != nil {
		return nil, err
	}
	out, err := p.read(ctx, a, n)
	if err == nil {
		out.Location = api.Address(ctx) + "/" + n
	}
	return out, err
}

// read gives a request after a change or for a GET.
func (p API) read(ctx context.Context, a who.Actor, number string) (*aRequest, error) {
	r, err := p.Requests.Show(ctx, a, number)
	if err != nil {
		return nil, err
	}
	return &aRequest{ETag: api.ETag(r.Ticket.Version), Body: full(r)}, nil
}

// Numbered names a request: embedded, so exported for the reader of parameters.
type Numbered struct {
	Number string `path:"number" doc:"SR-7K3M-Q2XS; any case."`
}

func (p API) get(ctx context.Context, a who.Actor, in *Numbered) (*aRequest, error) {
	return p.read(ctx, a, in.Number)
}

type postBody struct {
	Numbered
	Body struct {
		Text       string `json:"text" required:"true" doc:"Markdown."`
		Visibility string `json:"visibility,omitempty" enum:"public,internal" default:"public"`
		Then       string `json:"then,omitempty" doc:"The state after it, set by the vendor's people: waiting-for-information or solution-proposed."`
	}
}

type aMessage struct {
	Location string `header:"Location"`
	Body     message
}

func (p API) post(ctx context.Context, a who.Actor, in *postBody) (*aMessage, error) {
	var err error
	switch b := in.Body; b.Visibility {
	case ticket.Internal:
		err = internalOnly(b.Then)
		if err == nil {
			err = p.Requests.Note(ctx, a, in.Number, ticket.Note{Internal: b.Text})
		}
	case "", ticket.Public:
		err = p.Requests.Reply(ctx, a, in.Number, Reply{Text: b.Text, Then: ticket.State(b.Then)})
	default:
		err = unknownWord("visibility")
	}
	if err != nil {
		return nil, noteAtText(err)
	}
	r, err := p.Requests.Show(ctx, a, in.Number)
	if err != nil {
		return nil, err
	}
	out := &aMessage{Location: api.Address(ctx)}
	all := messagesOf(r)
	for i, e := range r.Entries { // the latest of this author with this text
		if e.Author == a.Person && e.Text == in.Body.Text && (e.Kind == ticket.EntryMessage || e.Kind == ticket.EntrySolution) {
			out.Body = all[i]
		}
	}
	return out, nil
}

type decisionBody struct {
	Numbered
	Body struct {
		Decision string `json:"decision" required:"true" enum:"accept,refuse,reopen,cancel"`
		Text     string `json:"text,omitempty" doc:"Markdown; needed to refuse and to reopen."`
	}
}

func (p API) decide(ctx context.Context, a who.Actor, in *decisionBody) (*aRequest, error) {
	if err := p.Requests.Decide(ctx, a, in.Number, Decision(in.Body.Decision), in.Body.Text); err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.Number)
}

type moveBody struct {
	Numbered
	Body struct {
		State string `json:"state" required:"true" enum:"partner-analysis,vendor-analysis,waiting-for-information,cancelled"`
		Text  string `json:"text,omitempty" doc:"Markdown."`
	}
}

func (p API) move(ctx context.Context, a who.Actor, in *moveBody) (*aRequest, error) {
	if err := p.Requests.Move(ctx, a, in.Number, ticket.State(in.Body.State), in.Body.Text); err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.Number)
}

type severityBody struct {
	Numbered
	Body struct {
		Severity int    `json:"severity" required:"true" doc:"1 urgent to 4 low."`
		Reason   string `json:"reason,omitempty" doc:"Needed of helpers."`
	}
}

func (p API) severity(ctx context.Context, a who.Actor, in *severityBody) (*aRequest, error) {
	if err := p.Requests.SetSeverity(ctx, a, in.Number, in.Body.Severity, in.Body.Reason); err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.Number)
}

func (p API) own(ctx context.Context, a who.Actor, in *Numbered) (*aRequest, error) {
	if err := p.Requests.Own(ctx, a, in.Number); err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.Number)
}

type withholdBody struct {
	Numbered
	Body struct {
		VendorOnly bool `json:"vendor_only" required:"true"`
	}
}

func (p API) withhold(ctx context.Context, a who.Actor, in *withholdBody) (*aRequest, error) {
	if err := p.Requests.Withhold(ctx, a, in.Number, in.Body.VendorOnly); err != nil {
		return nil, err
	}
	return p.read(ctx, a, in.Number)
}
