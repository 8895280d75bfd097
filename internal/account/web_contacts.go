package account

import (
	"net/http"
	"net/url"
	"slices"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

// contactRow is a line of the list.
type contactRow struct {
	Contact
	Status web.Status
	Roles  []web.Text
	Staged []delta     // instead of the roles
	Stale  bool        // somebody else changed them since
	Form   *changeForm // below the line
	Change *changeLink // nil unless the reader may change roles
	Past   *changeLink // what happened to the contact, for who may read that
	Back   bool        // the reader may ask the person in again
}

// Open tells whether the invitation can be sent again or withdrawn.
func (c contactRow) Open() bool { return c.State == Invited }

type contactsView struct {
	Tabs    web.Tabs
	Bar     web.Bar
	Rows    []contactRow
	Empty   *web.Empty
	Pager   web.Pager
	May     bool       // invite
	Here    url.Values // the part of the list that is shown
	Link    string
	Notices []web.Notice
	Changes bool // not applied: applying them is the button that counts
}

func (v contactsView) Heads() web.Heads {
	return web.Heads{Columns: []web.Column{v.head(ByName, "account.name", ""), {Label: web.Say("account.roles")},
		{Label: web.Say("account.state"), Width: "w-190"}, v.head(BySeen, "account.last_sign_in", "w-108"), {Label: web.Say("account.acts"), Hidden: true}}}
}

// head is a column that sorts the list: by the last sign-in the newest first, by the others from A; asked for again, the other way round.
func (v contactsView) head(by, label, width string) web.Column {
	c := web.Column{Label: web.Say(label), Width: width}
	to := copied(v.Here)
	to.Del("after")
	to.Del("down")
	to.Set("sort", by)
	down := by == BySeen
	if v.Here.Get("sort") == by {
		c.Sorted = "ascending"
		if down = v.Here.Get("down") == ""; !down {
			c.Sorted = "descending"
		}
	}
	if down {
		to.Set("down", "1")
	}
	c.Sort = v.Link + "?" + to.Encode()
	return c
}

var contactsPage = web.Page[contactsView]{Name: "account/contacts", Title: "account.contacts"}

// statusOf is how the states of a membership are shown.
func statusOf(state string) web.Status {
	word := web.Say("account.membership." + state)
	switch state {
	case Invited:
		return web.Status{Tone: web.Info, Icon: "mail", Word: word}
	case Imported:
		return web.Status{Tone: web.Idle, Icon: "circle-dashed", Word: word}
	case Active:
		return web.Status{Tone: web.OK, Icon: "circle-check", Word: word}
	case Expired:
		return web.Status{Tone: web.Bad, Icon: "mail-x", Word: word}
	case Withdrawn:
		return web.Status{Tone: web.Idle, Icon: "arrow-back-up", Word: word}
	}
	return web.Status{Tone: web.Idle, Icon: "archive", Word: web.Say("account.membership.obsolete")}
}

// contactsQuery is what the address asks for.
type contactsQuery struct {
	Tab   string `form:"tab"` // current if empty
	Text  string `form:"text"`
	State string `form:"state"` // of the current ones
	Role  string `form:"role"`
	Sort  string `form:"sort"`
	Down  string `form:"down"`
	After string `form:"after"`
}

const pastTab = "past"

func (q contactsQuery) filter() ContactFilter {
	f := ContactFilter{Text: q.Text, Role: q.Role, Sort: q.Sort, Down: q.Down != "", After: q.After, States: Current}
	switch {
	case q.Tab == pastTab:
		f.States = Past
	case slices.Contains(Current, q.State):
		f.States = []string{q.State}
	}
	return f
}

// ContactsList shows the people of the organisation in view.
func (p Pages) ContactsList(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	var q struct {
		Change string `form:"change"`
	}
	if err := web.Query(r, &q); err != nil {
		return err
	}
	if q.Change == "" {
		return p.contacts(w, r, a, http.StatusOK, nil, nil)
	}
	c, err := p.Changing(r.Context(), a, q.Change)
	if err != nil {
		return err
	}
	return p.contacts(w, r, a, http.StatusOK, formOf(c, c.Wants, r, a, nil), nil)
}

// contacts is the list, with the form of one contact's roles if there is one.
func (p Pages) contacts(w http.ResponseWriter, r *http.Request, a who.Actor, status int, form *changeForm, notices []web.Notice) error {
	var q contactsQuery
	if err := web.Query(r, &q); err != nil {
		return err
	}
	all, err := p.Contacts(r.Context(), a, q.filter())
	if err != nil {
		return err
	}
	counts, err := p.CountContacts(r.Context(), a)
	if err != nil {
		return err
	}
	staged := map[string]Staged{}
	if a.May(StageRoles) {
		changes, err := p.StagedOf(r.Context(), a)
		if err != nil {
			return err
		}
		for _, c := range changes {
			staged[c.Membership] = c
		}
	}
	v := contactsView{May: a.May(Invite), Link: web.Path(r) + "/contacts", Notices: notices, Changes: len(staged) > 0}
	v.Here = shownPart(r)
	v.Tabs, v.Bar = contactTabs(v.Link, q, counts), contactsBar(v.Link, q, counts.Kind)
	if counts.Supervisors == 1 && a.May(StageRoles) {
		v.Notices = append(v.Notices, onlySupervisor(a))
	}
	here := v.Here
	if len(all) > ContactsPage {
		all = all[:ContactsPage]
		next := copied(here)
		next.Set("after", all[ContactsPage-1].ID)
		v.Pager.Older = v.Link + "?" + next.Encode()
	}
	if q.After != "" {
		first := copied(here)
		first.Del("after")
		v.Pager.Newer = v.Link + "?" + first.Encode()
	}
	if form != nil && !slices.ContainsFunc(all, func(c Contact) bool { return c.ID == form.Contact }) {
		all = append([]Contact{form.Of}, all...) // of another part of the list: its form is not lost
	}
	for _, c := range all {
		row := p.contactRow(c, a)
		if change, ok := staged[c.ID]; ok {
			row.Staged, row.Stale = deltas(change), change.Stale(p.Site.Clock.Now())
		}
		if row.Change != nil {
			at := copied(here)
			at.Set("change", c.ID)
			row.Change.Href = v.Link + "?" + at.Encode() + "#c-" + c.ID
		}
		if a.May(ViewAllEvents) {
			row.Past = &changeLink{web.Path(r) + "/events?contact=" + c.ID, c.FirstName + " " + c.LastName}
		}
		if form != nil && form.Contact == c.ID {
			row.Form = form
		}
		v.Rows = append(v.Rows, row)
	}
	if len(all) == 0 {
		v.Empty = &web.Empty{Title: web.Say("account.contacts_empty"), Text: web.Say("account.contacts_empty_text")}
		if len(here) > 0 {
			v.Empty = &web.Empty{Title: web.Say("account.contacts_none_match"), Acts: []web.Act{{Label: web.Say("web.clear_filter"), Href: v.Link}}}
		}
	}
	return contactsPage.Render(p.Site, w, r, a, status, v)
}

// onlySupervisor advises a second one.
func onlySupervisor(a who.Actor) web.Notice {
	n := web.Notice{Tone: web.Warn, Title: web.Say("account.one_supervisor"), Text: web.Say("account.one_supervisor_text")}
	if a.Source == who.Own && a.Is(LicenceSupervisor) {
		n.Title = web.Say("account.only_supervisor")
	}
	return n
}

// contactRow is the line of a contact as the reader may use it.
func (p Pages) contactRow(c Contact, a who.Actor) contactRow {
	shown := c.Shown(p.Site.Clock.Now())
	row := contactRow{Contact: c, Status: statusOf(shown), Back: a.May(Invite) && bringsBack(shown)}
	if c.State == Invited && c.Mail == "failed" {
		row.Status.Tone, row.Status.Icon, row.Status.Note = web.Bad, "mail-x", web.Say("account.mail_failed")
	}
	if c.State == Invited && c.Mail == Unwanted {
		row.Status.Tone, row.Status.Icon, row.Status.Note = web.Bad, "mail-x", web.Say("account.mail_unwanted")
	}
	for _, role := range inOrder(c.Roles()) {
		row.Roles = append(row.Roles, RoleWord(role))
	}
	if a.May(StageRoles) && slices.Contains(present, shown) {
		row.Change = &changeLink{Name: c.FirstName + " " + c.LastName}
	}
	return row
}

func contactTabs(at string, q contactsQuery, n ContactCounts) web.Tabs {
	return web.Tabs{Label: web.Say("account.contacts_by_state"), Items: []web.Tab{
		{Href: at, Label: web.Say("account.tab_current"), Count: &web.Count{N: n.Current}, Current: q.Tab != pastTab},
		{Href: at + "?tab=" + pastTab, Label: web.Say("account.tab_past"), Count: &web.Count{N: n.Past}, Current: q.Tab == pastTab}}}
}

func contactsBar(at string, q contactsQuery, kind string) web.Bar {
	bar := web.Bar{Action: at, Find: web.Say("account.find_contact"), Text: q.Text}
	if q.Sort != "" && q.Down != "" {
		bar.Hidden = append(bar.Hidden, web.Pair{Name: "down", Value: q.Down})
	}
	order := web.Pick("sort", "account.sort", "account.sort_none", q.Sort, web.Words("account.sort.", ByName, ByEmail, BySeen)...)
	if q.Tab == pastTab {
		bar.Hidden, bar.Selects = append(bar.Hidden, web.Pair{Name: "tab", Value: pastTab}), []web.Select{order}
		return bar // who is gone has no role, and the state says little
	}
	bar.Selects = []web.Select{
		web.Pick("state", "account.state", "account.state_any", q.State, web.Words("account.membership.", Current...)...),
		web.Pick("role", "account.role", "account.role_any", q.Role, web.Words("account.role.", RolesOf(kind)...)...),
		order,
	}
	return bar
}

// shownPart is the part of the list that the reader looks at, for addresses that lead back to it.
func shownPart(r *http.Request) url.Values {
	v := url.Values{}
	for _, name := range []string{"tab", "text", "state", "role", "sort", "down", "after"} {
		if value := r.URL.Query().Get(name); value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func copied(v url.Values) url.Values {
	c := url.Values{}
	for name := range v {
		c.Set(name, v.Get(name))
	}
	return c
}

// back leads to that part.
func (p Pages) back(w http.ResponseWriter, r *http.Request, said ...fault.Message) error {
	at := web.Path(r) + "/contacts"
	if v := shownPart(r); len(v) > 0 {
		at += "?" + v.Encode()
	}
	return p.Site.Redirect(w, r, at, said...)
}

// ContactObsolete ends a contact's membership.
func (p Pages) ContactObsolete(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	err := p.MakeObsolete(r.Context(), a, r.PathValue("contact"))
	if no, again := web.Refused(err, "account.last_administrator", "account.last_supervisor", "account.last_operator"); again {
		return p.contacts(w, r, a, int(no.Kind), nil, web.Summary(no))
	}
	if err != nil {
		return err
	}
	return p.back(w, r, fault.Msg("account.made_obsolete"))
}

// ContactBack asks somebody in again.
func (p Pages) ContactBack(w http.ResponseWriter, r *http.Request, a who.Actor) error {
	err := p.BringBack(r.Context(), a, r.PathValue("contact"))
	if no, again := web.Refused(err, "account.contact_exists"); again {
		return p.contacts(w, r, a, int(no.Kind), nil, web.Summary(no))
	}
	if err != nil {
		return err
	}
	return p.Site.Redirect(w, r, web.Path(r)+"/contacts", fault.Msg("account.brought_back"))
}
