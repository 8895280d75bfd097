package account

import (
	"context"
	"net/http"
	"strings"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/api"
	"lodge/internal/platform/who"
)

// API is the door for programs.
type API struct{ Accounts *Accounts }

// Register adds the operations of contacts.
func (p API) Register(s *api.API) {
	const chapter = "Contacts"
	api.Context(s, api.Op{ID: "list-contacts", Method: "GET", Path: "/contacts", Tag: chapter, Summary: "List contacts", Text: "The people of the organisation in the order in which they came."},
		ViewContacts, p.list)
	api.Context(s, api.Op{ID: "invite-contact", Method: "POST", Path: "/contacts", Tag: chapter, Summary: "Invite a contact", Status: http.StatusCreated,
		Text: "The answer is the same whether the address is known elsewhere or not. The invitation leaves by mail."}, Invite, p.invite)
	api.Context(s, api.Op{ID: "get-contact", Method: "GET", Path: "/contacts/{contact}", Tag: chapter, Summary: "Read a contact"}, ViewContacts, p.get)
	api.Context(s, api.Op{ID: "resend-invitation", Method: "POST", Path: "/contacts/{contact}/resend", Tag: chapter, Summary: "Send an invitation again", Status: http.StatusNoContent,
		Text: "The older link ends."}, Invite, p.resend)
	api.Context(s, api.Op{ID: "withdraw-invitation", Method: "POST", Path: "/contacts/{contact}/withdraw", Tag: chapter, Summary: "Withdraw an invitation", Status: http.StatusNoContent},
		Invite, p.withdraw)
	api.Context(s, api.Op{ID: "correct-invitation", Method: "POST", Path: "/contacts/{contact}/correct", Tag: chapter, Summary: "Invite at another address instead", Status: http.StatusCreated,
		Text: "For an invitation that went to a wrong address: it ends, and the answer is the new contact, with the same roles."}, Invite, p.correct)
	p.registerMany(s, chapter)
	p.registerRoles(s, chapter)
	p.registerEnds(s, chapter)
	p.registerAsks(s, chapter)
}

// contact is a membership as programs see it.
type contact struct {
	ID        string     `json:"id"`
	Person    string     `json:"person" doc:"Id of the person: for the requester of a request."`
	FirstName string     `json:"first_name"`
	LastName  string     `json:"last_name"`
	Email     string     `json:"email"`
	State     string     `json:"state" enum:"invited,imported,active,expired,withdrawn,obsolete"`
	Roles     []string   `json:"roles"`
	Primary   bool       `json:"primary"`
	Until     string     `json:"until,omitempty" format:"date"`
	InvitedTo *time.Time `json:"invited_until,omitempty" doc:"When the invitation ends."`
	Mail      string     `json:"mail,omitempty" doc:"Delivery of the invitation."`
	CreatedAt time.Time  `json:"created_at"`
	ActiveAt  *time.Time `json:"active_at,omitempty"`
	SeenAt    *time.Time `json:"last_sign_in_at,omitempty"`
}

type contactAt struct{ ID string }

type contactsAsked struct {
	api.Paging
	Text  string `query:"text" doc:"In names or address."`
	State string `query:"state" enum:"invited,imported,active,expired,withdrawn,obsolete"`
	Role  string `query:"role"`
	Sort  string `query:"sort" enum:"name,email,last_sign_in" doc:"Without it they come as they were added."`
	Down  bool   `query:"descending" doc:"The last of the order first."`
}

func (p API) list(ctx context.Context, a who.Actor, in *contactsAsked) (*api.List[contact], error) {
	var at contactAt
	if _, err := in.From(ctx, &at); err != nil {
		return nil, err
	}
	f := ContactFilter{Text: in.Text, Role: in.Role, Sort: in.Sort, Down: in.Down, After: at.ID, Most: in.Limit}
	if in.State != "" {
		f.States = []string{in.State}
	}
	all, err := p.Accounts.Contacts(ctx, a, f)
	if err != nil {
		return nil, err
	}
	var next any
	if len(all) > in.Limit {
		all = all[:in.Limit]
		next = contactAt{all[in.Limit-1].ID}
	}
	now := p.Accounts.Store.Clock.Now()
	items := make([]contact, 0, len(all))
	for _, c := range all {
		items = append(items, contactOf(c, now))
	}
	return api.Of(ctx, items, next)
}

func contactOf(c Contact, now time.Time) contact {
	out := contact{ID: c.ID, Person: c.Person, FirstName: c.FirstName, LastName: c.LastName, Email: identity.Email(c.Email).Shown(), State: c.Shown(now), Roles: c.Roles(), Primary: c.Primary, Until: c.UntilOn,
		Mail: c.Mail, CreatedAt: c.CreatedAt}
	if !c.InvitedUntil.IsZero() {
		out.InvitedTo = &c.InvitedUntil
	}
	if !c.ActiveAt.IsZero() {
		out.ActiveAt = &c.ActiveAt
	}
	if !c.SeenAt.IsZero() {
		out.SeenAt = &c.SeenAt
	}
	if out.Roles == nil {
		out.Roles = []string{}
	}
	return out
}

type inviteBody struct {
	Body struct {
		FirstName string `json:"first_name" required:"true"`
		LastName  string `json:"last_name" required:"true"`
		Email     string `json:"email" required:"true"`
		Role      string `json:"role,omitempty" doc:"One role; empty for none. It takes the right to give it."`
	}
}

// invited answers alike whoever it was.
type invited struct {
	Location string `header:"Location"`
	Body     struct {
		ID    string `json:"id"`
		Email string `json:"email"`
		State string `json:"state" enum:"invited"`
	}
}

func (p API) invite(ctx context.Context, a who.Actor, in *inviteBody) (*invited, error) {
	b := in.Body
	id, err := p.Accounts.Invite(ctx, a, NewContact{FirstName: b.FirstName, LastName: b.LastName, Email: b.Email, Role: b.Role})
	if err != nil {
		return nil, err
	}
	return invitedAs(api.Address(ctx)+"/"+id, id, b.Email), nil
}

func invitedAs(at, id, email string) *invited {
	out := &invited{Location: at}
	out.Body.ID, out.Body.Email, out.Body.State = id, email, Invited
	return out
}

type correctBody struct {
	OneContact
	Body struct {
		FirstName string `json:"first_name" required:"true"`
		LastName  string `json:"last_name" required:"true"`
		Email     string `json:"email" required:"true"`
	}
}

func (p API) correct(ctx context.Context, a who.Actor, in *correctBody) (*invited, error) {
	b := in.Body
	id, err := p.Accounts.Correct(ctx, a, in.Contact, NewContact{FirstName: b.FirstName, LastName: b.LastName, Email: b.Email})
	if err != nil {
		return nil, err
	}
	return invitedAs(strings.TrimSuffix(api.Address(ctx), in.Contact+"/correct")+id, id, b.Email), nil
}

// OneContact names a contact: embedded, so exported for the reader of parameters.
type OneContact struct {
	Contact string `path:"contact" doc:"Id."`
}

type aContact struct{ Body contact }

func (p API) get(ctx context.Context, a who.Actor, in *OneContact) (*aContact, error) {
	c, err := p.Accounts.Contact(ctx, a, in.Contact)
	if err != nil {
		return nil, err
	}
	return &aContact{contactOf(c, p.Accounts.Store.Clock.Now())}, nil
}

func (p API) resend(ctx context.Context, a who.Actor, in *OneContact) (*struct{}, error) {
	return &struct{}{}, p.Accounts.Resend(ctx, a, in.Contact)
}

func (p API) withdraw(ctx context.Context, a who.Actor, in *OneContact) (*struct{}, error) {
	return &struct{}{}, p.Accounts.Withdraw(ctx, a, in.Contact)
}
