package app

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"lodge/internal/account"
	"lodge/internal/federation"
	"lodge/internal/importer"
	"lodge/internal/openid"
	"lodge/internal/partner"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
	"lodge/internal/provision"
	"lodge/internal/release"
	"lodge/internal/support"
	"lodge/internal/token"
)

// around is the row of the frame's one statement, once per own membership (or once, without): the vendor's face, the organisation in
// view, and an entry of the switcher.
type around struct {
	Vendor, VendorMail             string
	Name, City, Kind               string // of the organisation in view
	Place                          int64  // number of an own membership; 0 = none
	PlaceName, PlaceCity, PlaceOrg string
	Primary                        bool
	Roles                          string
	Chosen                         bool   // last chosen in this session
	Stays                          bool   // and to be gone on with, primary or not
	Staged                         string // names of the contacts for whom the reader has changes that are not applied, one a line
	Restored                       string // since when the portal is a copy that nobody has confirmed; '' = it is none
}

const selectAround = `
	SELECT v.name, v.email, o.name, o.city, o.kind, p.number, p.name, p.city, p.id, m.is_primary,
		(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id),
		s.id IS NOT NULL, COALESCE(s.stays_in = s.org_id, FALSE),
		(SELECT string_agg(z.name, '
') FROM (SELECT x.first_name || ' ' || x.last_name AS name FROM role_change c
			JOIN membership y ON y.id = c.membership_id AND y.state IN ('active', 'imported', 'obsolete') JOIN person x ON x.id = y.person_id
			WHERE c.org_id = o.id AND c.author_id = $1 ORDER BY c.membership_id) z),
		(SELECT value FROM meta WHERE name = 'restored')
	FROM organisation v
	LEFT JOIN organisation o ON o.id = $2
	LEFT JOIN membership m ON m.person_id = $1 AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $3)
	LEFT JOIN organisation p ON p.id = m.org_id AND p.status = 'active'
		AND EXISTS (SELECT 1 FROM organisation h WHERE h.id = p.root_id AND h.status = 'active')
	LEFT JOIN session s ON s.id = $4 AND s.org_id = m.org_id
	WHERE v.kind = 'vendor' AND NOT v.is_site
	ORDER BY m.is_primary DESC, p.number
	LIMIT 50`

// inSwitcher is how many organisations the switcher lists; all stand on the page to which it leads.
const inSwitcher = 8

// frame is what stands round every page.
func (a *App) frame(ctx context.Context, me who.Actor, r *http.Request) (c web.Chrome, err error) {
	var rows []around
	err = a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = store.Query[around](tx, selectAround, me.Person, me.Org, tx.Now, me.Session)
		return err
	})
	if err != nil || len(rows) == 0 {
		return c, err // before lodge init there is no vendor
	}
	first := rows[0]
	c.Brand = web.Brand{Name: first.Vendor, Mail: first.VendorMail}
	c.Languages = me.Person == ""
	if first.Restored != "" {
		c.Notices = append(c.Notices, web.Notice{Tone: web.Warn, Text: web.Say("app.restored")})
	}
	if me.Person == "" {
		return c, nil
	}
	c.SwitchTo = contextAt
	acting := a.places(&c, me, r, rows)
	if c.Several {
		c.MoreAbout = append(c.MoreAbout, web.Link{Href: account.PlacesAt, Label: web.Say("app.all_places")})
	}
	if me.Org != "" {
		c.Where = fmt.Sprintf("%s · %d", first.Name, me.Number)
		if first.City != "" {
			c.Where += " " + first.City
		}
	}
	base := baseOf(me)
	c.Nav = a.navigation(me, base, first.Kind, acting)
	if base != "" && me.May(account.StageRoles) {
		c.Staged = account.StagedBar(base, first.Staged)
	}
	if base != "" {
		c.Search = &web.Search{Action: base + "/search", Placeholder: web.Say("app.search")}
		c.Create = creates(me, base, first.Kind)
	}
	c.Account = &web.Account{Name: me.Name, Vendor: first.Kind == account.Vendor && me.Source == who.Own, SignOut: "/sign-out",
		Links: []web.Link{{Href: "/me/", Label: web.Say("app.profile")}, {Href: "/me/security", Label: web.Say("app.security")}, {Href: keysAt, Label: web.Say("app.keys")}, {Href: token.MineAt, Label: web.Say("token.mine")}}}
	c.KeysAt, c.Rows = keysAt, first.Kind == account.Vendor || me.Source == who.Staff
	return c, nil
}

// places puts the reader's organisations into the frame, with the notice if the address works in another one than the session;
// acting is the name of the one whose member the reader is here.
func (a *App) places(c *web.Chrome, me who.Actor, r *http.Request, rows []around) (acting string) {
	stays := false
	p := a.Site.Printer(r, me)
	for _, row := range rows {
		if row.Place == 0 {
			continue
		}
		w := web.Work{Number: row.Place, Name: shown(row.PlaceName, row.PlaceCity), Primary: row.Primary, Current: row.PlaceOrg == me.Member}
		var roles []string
		for role := range strings.FieldsSeq(row.Roles) {
			roles = append(roles, p.T("account.role."+role))
		}
		w.Roles = strings.Join(roles, ", ")
		if row.PlaceOrg == me.Member {
			acting = row.PlaceName
		}
		if row.Chosen || row.Primary && c.Active == nil {
			active := w
			c.Active, stays = &active, row.Stays
		}
		c.Places = append(c.Places, w)
	}
	c.Several = len(c.Places) > 1
	switch {
	case c.Active == nil:
	case me.Member != "" && c.Active.Number != me.Acting:
		c.Notices = append(c.Notices, elsewhere(*c.Active, me, acting))
	case !c.Active.Primary && !stays && c.Places[0].Primary:
		c.Notices = append(c.Notices, beside(*c.Active, c.Places[0], r))
		fallthrough
	default:
		c.Active = nil // what the session works as is what the address says
	}
	c.Places = c.Places[:min(len(c.Places), inSwitcher)]
	return acting
}

// creates is what the reader may begin anywhere.
func creates(me who.Actor, base, kind string) (all []web.Link) {
	if me.May(support.OpenRequests) && kind != account.Vendor {
		all = append(all, web.Link{Href: base + "/requests/new", Label: web.Say("app.new_request")})
	}
	if me.Source == who.Own && me.May(provision.CreateCustomers) {
		all = append(all, web.Link{Href: base + "/customers/new", Label: web.Say("provision.create")})
	}
	if me.May(account.Invite) {
		all = append(all, web.Link{Href: base + "/contacts/new", Label: web.Say("app.new_contact")})
	}
	return all
}

// elsewhere says that the address belongs to another of the reader's own organisations than the session works for. Only the
// button switches.
func elsewhere(active web.Work, me who.Actor, here string) web.Notice {
	return web.Notice{Tone: web.Warn, Title: web.Say("app.elsewhere", "here", me.Acting, "name", here), Below: true,
		Text: web.Say("app.elsewhere_text", "number", active.Number, "name", active.Name),
		Acts: []web.Act{
			{Label: web.Say("app.elsewhere_switch", "number", me.Acting), Post: "/me/context", Name: "to", Value: strconv.FormatInt(me.Acting, 10), Primary: true},
			{Label: web.Say("app.elsewhere_back", "number", active.Number), Href: fmt.Sprintf("/o/%d/", active.Number)},
		}}
}

// beside says that the session works for another of the reader's own organisations than his primary one.
func beside(active, primary web.Work, r *http.Request) web.Notice {
	next := "/"
	if r.Method == http.MethodGet {
		next = r.URL.RequestURI()
	}
	return web.Notice{Title: web.Say("app.beside", "number", active.Number, "name", active.Name), Below: true,
		Text: web.Say("app.beside_text", "number", primary.Number, "name", primary.Name),
		Acts: []web.Act{
			{Label: web.Say("app.elsewhere_switch", "number", primary.Number), Post: "/me/context", Name: "to", Value: strconv.FormatInt(primary.Number, 10)},
			{Label: web.Say("app.beside_stay", "number", active.Number), Post: "/me/context/stay", Name: "next", Value: next},
		}}
}

func shown(name, city string) string {
	if city == "" {
		return name
	}
	return name + ", " + city
}

// baseOf is the beginning of the addresses of the actor's context, "" without one. It follows from the actor, not from the
// address: on a page that says 404 nothing may tell whether the number exists.
func baseOf(me who.Actor) string {
	switch {
	case me.Org == "":
		return ""
	case me.Number != me.Acting:
		return fmt.Sprintf("/o/%d/for/%d", me.Acting, me.Number)
	}
	return fmt.Sprintf("/o/%d", me.Number)
}

// letters lead to an entry of the navigation, after g. They are the same on every page; one that does not exist has no effect.
var letters = map[string]string{"home": "h", "products": "p", "requests": "r", "licences": "l", "downloads": "d", "knowledge": "k"}

// navigation shows what exists. What the actor may come to may stays and leads to the page that says whom to ask; what no
// role here can have is absent.
func (a *App) navigation(me who.Actor, base, kind, acting string) []web.Group {
	if base == "" {
		return nil
	}
	var main web.Group
	if me.Source == who.Staff || me.Source == who.Partnership {
		main.Items = append(main.Items, web.NavItem{Href: fmt.Sprintf("/o/%d/", me.Acting), Label: web.Say("app.nav.back", "organisation", acting), Icon: "arrow-left"})
	}
	add := func(g *web.Group, path, label, icon string) {
		g.Items = append(g.Items, web.NavItem{Href: base + path, Label: web.Say("app.nav." + label), Icon: icon, Key: letters[label]})
	}
	staff := kind == account.Vendor
	add(&main, "/", "home", "home")
	if me.Source == who.Own && me.May(provision.ViewCustomers) {
		add(&main, "/customers", "customers", "building")
	}
	if staff && me.May(support.ViewDesk) {
		add(&main, "/desk", "desk", "layout-dashboard")
	}
	if !staff || me.May(support.ViewRequests) {
		add(&main, "/requests", "requests", "messages")
		add(&main, "/orders", "orders", "receipt")
	}
	if !staff {
		add(&main, "/downloads", "downloads", "download")
	} else if me.May(release.ViewReleases) {
		add(&main, "/releases", "releases", "package")
	}
	if shelves := shelves(base, me, ""); staff && len(shelves.Items) > 0 {
		add(&main, strings.TrimPrefix(shelves.Items[0].Href, base), "catalogue", "stack-2")
	}
	org := web.Group{Title: web.Say("app.nav.organisation")}
	add(&org, "/contacts", "contacts", "users")
	if me.Source == who.Own && !staff {
		add(&org, partner.At, "partners", "user-check")
	}
	add(&org, "/events", "events", "history")
	if me.Source == who.Own && me.May(token.Manage) {
		add(&org, token.At, "tokens", "key")
	}
	if me.Source == who.Own && me.May(openid.Manage) {
		add(&org, openid.At, "websites", "world")
	}
	if me.Source == who.Own && !staff && me.May(federation.Manage) {
		add(&org, federation.SettingsAt, "company_sign_in", "lock")
	}
	if me.Source == who.Own && me.May(importer.Manage) {
		add(&org, importer.At, "imports", "upload")
	}
	return []web.Group{main, org}
}
