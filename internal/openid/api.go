package openid

import (
	"context"
	"net/http"
	"time"

	"lodge/internal/platform/api"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// API is the door for programs.
type API struct{ Provider *Provider }

// Register adds the operations.
func (p API) Register(s *api.API) {
	const chapter = "Websites"
	api.Register(s, api.Op{ID: "list-websites", Method: "GET", Path: "/websites", Tag: chapter, Summary: "List connected websites",
		Text: "By the vendor: those at which people sign in with their account here, the oldest first."}, Manage, p.list)
	api.Register(s, api.Op{ID: "connect-website", Method: "POST", Path: "/websites", Tag: chapter, Summary: "Connect a website", Status: http.StatusCreated,
		Text: "It has no secret yet; another call makes one.", Errors: []int{409}}, Manage, p.make)
	api.Register(s, api.Op{ID: "get-website", Method: "GET", Path: "/websites/{website}", Tag: chapter, Summary: "Read a connected website"}, Manage, p.get)
	api.Register(s, api.Op{ID: "change-website", Method: "PATCH", Path: "/websites/{website}", Tag: chapter, Summary: "Change a connected website", Errors: []int{412, 428},
		Text: "A list of addresses takes the place of the one before."}, Manage, p.change)
	api.Register(s, api.Op{ID: "disable-website", Method: "POST", Path: "/websites/{website}/disable", Tag: chapter, Summary: "Switch a website off", Status: http.StatusNoContent,
		Text: "Nobody can sign in there any more, and all its tokens are void at once."}, Manage, p.disable)
	api.Register(s, api.Op{ID: "enable-website", Method: "POST", Path: "/websites/{website}/enable", Tag: chapter, Summary: "Switch a website on again", Status: http.StatusNoContent}, Manage, p.enable)
	api.Register(s, api.Op{ID: "delete-website", Method: "DELETE", Path: "/websites/{website}", Tag: chapter, Summary: "Remove a website", Status: http.StatusNoContent,
		Text: "For good: connected again it gets another id."}, Manage, p.remove)
	api.Stream(s, api.Op{ID: "make-website-secret", Method: "POST", Path: "/websites/{website}/secret", Tag: chapter, Summary: "Make a website’s secret",
		Text: "It is shown in this answer only, which is kept nowhere: a call that is sent again makes another one. An older secret is void at once.", Answer: aSecret{}}, Manage, false, p.secret)
}

// aWebsite is a client as programs see it.
type aWebsite struct {
	ID           string     `json:"id" doc:"The client id."`
	Name         string     `json:"name"`
	Redirects    []string   `json:"redirects" doc:"Where an answer may go (redirect URIs), compared as they stand."`
	Returns      []string   `json:"returns" doc:"Where a sign-out may lead (post-logout redirect URIs)."`
	BackChannel  string     `json:"back_channel,omitempty" doc:"Address that is told of a sign-out."`
	FrontChannel string     `json:"front_channel,omitempty" doc:"Page that browsers load at a sign-out."`
	Trusted      bool       `json:"trusted" doc:"Nobody is asked before it learns who he is."`
	State        string     `json:"state" enum:"in_use,no_secret,disabled"`
	CreatedAt    time.Time  `json:"created_at"`
	SecretAt     *time.Time `json:"secret_at,omitempty" doc:"When its secret was made."`
}

func shown(c Client) aWebsite {
	out := aWebsite{ID: c.ID, Name: c.Name, Redirects: append([]string{}, lines(c.Redirects)...), Returns: append([]string{}, lines(c.Returns)...), BackChannel: c.BackChannel,
		FrontChannel: c.FrontChannel, Trusted: c.Trusted, State: "in_use", CreatedAt: c.CreatedAt}
	if c.SecretAt.IsZero() {
		out.State = "no_secret"
	} else {
		out.SecretAt = &c.SecretAt
	}
	if c.Disabled() {
		out.State = "disabled"
	}
	return out
}

type websiteAt struct{ ID string }

func (p API) list(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[aWebsite], error) {
	var at websiteAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, err := p.Provider.List(ctx, a)
	if err != nil {
		return nil, err
	}
	items := []aWebsite{}
	for _, c := range all {
		switch {
		case c.ID <= at.ID:
			continue
		case len(items) == in.Limit:
			return api.Of(ctx, items, websiteAt{items[len(items)-1].ID})
		}
		items = append(items, shown(c))
	}
	return api.Of(ctx, items, nil)
}

// OneWebsite names one: embedded, so exported for the reader of parameters.
type OneWebsite struct {
	Website string `path:"website"`
}

type theWebsite struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     aWebsite
}

func (p API) get(ctx context.Context, a who.Actor, in *OneWebsite) (*theWebsite, error) {
	c, err := p.Provider.Get(ctx, a, in.Website)
	if err != nil {
		return nil, err
	}
	return &theWebsite{ETag: api.ETag(c.Version), Body: shown(c)}, nil
}

type newWebsite struct {
	Body struct {
		Name         string   `json:"name" required:"true"`
		Redirects    []string `json:"redirects" required:"true"`
		Returns      []string `json:"returns,omitempty"`
		BackChannel  string   `json:"back_channel,omitempty"`
		FrontChannel string   `json:"front_channel,omitempty"`
		Trusted      bool     `json:"trusted,omitempty"`
	}
}

func (p API) make(ctx context.Context, a who.Actor, in *newWebsite) (*theWebsite, error) {
	b := in.Body
	id, err := p.Provider.Make(ctx, a, Settings{b.Name, b.Redirects, b.Returns, b.FrontChannel, b.BackChannel, b.Trusted})
	if err != nil {
		return nil, err
	}
	out, err := p.get(ctx, a, &OneWebsite{id})
	if err != nil {
		return nil, err
	}
	out.Location = api.Base + "/websites/" + id
	return out, nil
}

type websiteChange struct {
	OneWebsite
	api.Conditional
	Body struct {
		Name         api.Change[string]   `json:"name,omitempty"`
		Redirects    api.Change[[]string] `json:"redirects,omitempty"`
		Returns      api.Change[[]string] `json:"returns,omitempty"`
		BackChannel  api.Change[string]   `json:"back_channel,omitempty"`
		FrontChannel api.Change[string]   `json:"front_channel,omitempty"`
		Trusted      api.Change[bool]     `json:"trusted,omitempty"`
	} `contentType:"application/merge-patch+json"`
}

func (p API) change(ctx context.Context, a who.Actor, in *websiteChange) (*theWebsite, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := p.Provider.Get(ctx, a, in.Website)
	if err != nil {
		return nil, err
	}
	was, b := c.Settings(), in.Body
	err = p.Provider.Change(ctx, a, in.Website, version, Settings{b.Name.Or(was.Name), b.Redirects.Or(was.Redirects), b.Returns.Or(was.Returns), b.FrontChannel.Or(was.FrontChannel),
		b.BackChannel.Or(was.BackChannel), b.Trusted.Or(was.Trusted)})
	if fault.Is(err, "openid.changed") {
		err = api.Stale()
	}
	if err != nil {
		return nil, err
	}
	return p.get(ctx, a, &in.OneWebsite)
}

func (p API) disable(ctx context.Context, a who.Actor, in *OneWebsite) (*struct{}, error) {
	return &struct{}{}, p.Provider.Disable(ctx, a, in.Website)
}

func (p API) enable(ctx context.Context, a who.Actor, in *OneWebsite) (*struct{}, error) {
	return &struct{}{}, p.Provider.Enable(ctx, a, in.Website)
}

func (p API) remove(ctx context.Context, a who.Actor, in *OneWebsite) (*struct{}, error) {
	return &struct{}{}, p.Provider.Delete(ctx, a, in.Website)
}

type aSecret struct {
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret"`
}

// secret is a stream, because the answers of other calls are kept for whoever sends them again.
func (p API) secret(w http.ResponseWriter, r *http.Request, a who.Actor, in *OneWebsite) error {
	secret, err := p.Provider.Secret(r.Context(), a, in.Website)
	if err != nil {
		return err
	}
	return api.Send(w, http.StatusOK, "", aSecret{in.Website, secret})
}
