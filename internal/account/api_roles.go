package account

import (
	"context"
	"net/http"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

// registerRoles adds the operations of role changes.
func (p API) registerRoles(s *api.API, chapter string) {
	api.Context(s, api.Op{ID: "list-role-changes", Method: "GET", Path: "/contacts/changes", Tag: chapter, Summary: "List role changes that are not applied",
		Text: "Those of the token’s maker. Nothing of them is in force."}, StageRoles, p.changes)
	api.Context(s, api.Op{ID: "stage-roles", Method: "PUT", Path: "/contacts/{contact}/roles", Tag: chapter, Summary: "Stage the roles of a contact", Status: http.StatusNoContent,
		Text: "All that it is to have. They are in force once the changes are applied; the roles that it has take its change back."}, StageRoles, p.stage)
	api.Context(s, api.Op{ID: "apply-role-changes", Method: "POST", Path: "/contacts/changes/apply", Tag: chapter, Summary: "Apply role changes",
		Text: "All or none. 409 names the contacts that somebody else changed since, or says that nobody would be left who can give roles."}, StageRoles, p.apply)
	api.Context(s, api.Op{ID: "discard-role-changes", Method: "POST", Path: "/contacts/changes/discard", Tag: chapter, Summary: "Discard role changes"}, StageRoles, p.discard)
}

// registerEnds adds the operations that end a membership and ask the person in again.
func (p API) registerEnds(s *api.API, chapter string) {
	api.Context(s, api.Op{ID: "make-contact-obsolete", Method: "POST", Path: "/contacts/{contact}/obsolete", Tag: chapter, Summary: "Make a contact obsolete", Status: http.StatusNoContent,
		Text: "Nothing of the organisation opens for the person from the next call on; the contact stays in the list."}, GrantRoles, p.obsolete)
	api.Context(s, api.Op{ID: "bring-contact-back", Method: "POST", Path: "/contacts/{contact}/bring-back", Tag: chapter, Summary: "Ask a former contact in again", Status: http.StatusNoContent,
		Text: "By mail, with the names and the address that are known, and without a role."}, Invite, p.bringBack)
}

func (p API) obsolete(ctx context.Context, a who.Actor, in *OneContact) (*struct{}, error) {
	return &struct{}{}, p.Accounts.MakeObsolete(ctx, a, in.Contact)
}

func (p API) bringBack(ctx context.Context, a who.Actor, in *OneContact) (*struct{}, error) {
	return &struct{}{}, p.Accounts.BringBack(ctx, a, in.Contact)
}

// roleChange is a change that is not applied, as programs see it.
type roleChange struct {
	Contact string    `json:"contact"`
	Name    string    `json:"name"`
	Email   string    `json:"email"`
	Before  []string  `json:"before" doc:"When it was staged."`
	After   []string  `json:"after"`
	Now     []string  `json:"now" doc:"Differs from before if somebody else changed the contact since."`
	Stale   bool      `json:"stale"`
	At      time.Time `json:"staged_at"`
}

func changeOf(c Staged, now time.Time) roleChange {
	full := func(roles []string) []string { return append([]string{}, inOrder(roles)...) }
	return roleChange{c.Membership, c.First + " " + c.Last, identity.Email(c.Email).Shown(), full(c.Before()), full(c.After()), full(c.Now()), c.Stale(now), c.At}
}

type changeAt struct{ Contact string }

func (p API) changes(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[roleChange], error) {
	var at changeAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	all, err := p.Accounts.StagedOf(ctx, a)
	if err != nil {
		return nil, err
	}
	items, now := []roleChange{}, p.Accounts.Store.Clock.Now()
	for _, c := range all {
		if c.Membership <= at.Contact {
			continue
		}
		if len(items) == in.Limit {
			return api.Of(ctx, items, changeAt{items[len(items)-1].Contact})
		}
		items = append(items, changeOf(c, now))
	}
	return api.Of(ctx, items, nil)
}

type stageBody struct {
	OneContact
	Body struct {
		Roles  []string `json:"roles" required:"true" doc:"At most one of support."`
		Before []string `json:"before,omitempty" doc:"Roles that the caller saw: 409 if the contact has others by now."`
	}
}

func (p API) stage(ctx context.Context, a who.Actor, in *stageBody) (*struct{}, error) {
	return &struct{}{}, p.Accounts.Stage(ctx, a, in.Contact, in.Body.Roles, in.Body.Before)
}

// counted is how many changes there were.
type counted struct {
	Body struct {
		Changes int `json:"changes"`
	}
}

func (p API) apply(ctx context.Context, a who.Actor, _ *struct{}) (*counted, error) {
	out := &counted{}
	var err error
	out.Body.Changes, err = p.Accounts.Apply(ctx, a)
	return out, err
}

func (p API) discard(ctx context.Context, a who.Actor, _ *struct{}) (*counted, error) {
	n, err := p.Accounts.Discard(ctx, a)
	out := &counted{}
	out.Body.Changes = int(n)
	return out, err
}
