package account

import (
	"context"
	"net/http"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

// registerAsks adds the operations of those who answer people that miss a right.
func (p API) registerAsks(s *api.API, chapter string) {
	api.Context(s, api.Op{ID: "list-role-asks", Method: "GET", Path: "/role-asks", Tag: chapter, Summary: "List who asks for a right",
		Text: "What waits for an answer in the organisation, and what its desk was asked by others: at most a hundred. Giving one of the roles closes it."}, StageRoles, p.roleAsks)
	api.Context(s, api.Op{ID: "refuse-role-ask", Method: "POST", Path: "/role-asks/{ask}/refuse", Tag: chapter, Summary: "Refuse a right that somebody asks for", Status: http.StatusNoContent,
		Text: "The person is told why."}, StageRoles, p.refuseRole)
}

// aRoleAsk is an ask as programs see it.
type aRoleAsk struct {
	ID      string    `json:"id"`
	Number  int64     `json:"number" doc:"Of the organisation in which the right is missing."`
	Contact string    `json:"contact" doc:"Who asks."`
	Name    string    `json:"name"`
	Email   string    `json:"email"`
	Right   string    `json:"right"`
	Roles   []string  `json:"roles" doc:"Each of them gives it."`
	Text    string    `json:"text,omitempty"`
	AskedAt time.Time `json:"asked_at"`
}

func (p API) roleAsks(ctx context.Context, a who.Actor, in *api.Paging) (*api.List[aRoleAsk], error) {
	var after struct{ ID string }
	if _, err := in.From(ctx, &after); err != nil {
		return nil, err
	}
	all, err := p.Accounts.RoleAsks(ctx, a)
	if err != nil {
		return nil, err
	}
	items := []aRoleAsk{}
	for _, k := range all {
		if k.ID <= after.ID {
			continue
		}
		if len(items) == in.Limit {
			after.ID = items[len(items)-1].ID
			return api.Of(ctx, items, after)
		}
		items = append(items, aRoleAsk{k.ID, k.Number, k.Membership, k.First + " " + k.Last, identity.Email(k.Email).Shown(), k.Action,
			append([]string{}, p.Accounts.Giving(k.Kind, k.Action)...), k.Text, k.At})
	}
	return api.Of(ctx, items, nil)
}

type refuseRoleBody struct {
	Ask  string `path:"ask"`
	Body struct {
		Reason string `json:"reason" required:"true"`
	}
}

func (p API) refuseRole(ctx context.Context, a who.Actor, in *refuseRoleBody) (*struct{}, error) {
	return &struct{}{}, p.Accounts.RefuseRole(ctx, a, in.Ask, in.Body.Reason)
}
