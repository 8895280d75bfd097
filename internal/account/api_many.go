package account

import (
	"context"

	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

// registerMany adds the operation that asks many in.
func (p API) registerMany(s *api.API, chapter string) {
	api.Context(s, api.Op{ID: "invite-many-contacts", Method: "POST", Path: "/contacts/bulk", Tag: chapter, Summary: "Invite many contacts",
		Text: "Up to 200 at once. The answer has one row for each, in the order of the call: `invited`, or `refused` with code and messages. One that is refused keeps no other back."}, Invite, p.inviteMany)
}

type manyBody struct {
	Body struct {
		Contacts []oneOfMany `json:"contacts" required:"true" minItems:"1" maxItems:"200"`
	}
}

type oneOfMany struct {
	FirstName string `json:"first_name" required:"true"`
	LastName  string `json:"last_name" required:"true"`
	Email     string `json:"email" required:"true"`
	Role      string `json:"role,omitempty" doc:"One role; empty for none. It takes the right to give it."`
}

// invitedRow is what came of one of many.
type invitedRow struct {
	Email    string   `json:"email" doc:"As in the call."`
	Result   string   `json:"result" enum:"invited,refused"`
	ID       string   `json:"id,omitempty" doc:"Of the contact."`
	Code     string   `json:"code,omitempty" doc:"Of a refusal: stable word for programs."`
	Messages []string `json:"messages,omitempty"`
}

type invitedRows struct{ Body api.Items[invitedRow] }

func (p API) inviteMany(ctx context.Context, a who.Actor, in *manyBody) (*invitedRows, error) {
	var all []NewContact
	for _, c := range in.Body.Contacts {
		all = append(all, NewContact(c))
	}
	rows, err := p.Accounts.InviteMany(ctx, a, all)
	if err != nil {
		return nil, err
	}
	out := &invitedRows{Body: api.Items[invitedRow]{Items: []invitedRow{}}}
	for _, r := range rows {
		row := invitedRow{Email: r.Email, Result: Invited, ID: r.ID}
		if r.No != nil {
			row.Result, row.Code = "refused", r.No.Code
			for _, m := range reasons(r.No) {
				row.Messages = append(row.Messages, api.Words(ctx, m))
			}
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return out, nil
}
