package support

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/blob"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// roles is who may do what here.
var roles = who.Table{
	account.SupportRestricted:    {ViewRequests, OpenRequests, Answer, Decide, ChangeSeverity, Withhold},
	account.SupportAdvanced:      {ViewRequests, ViewAllRequests, OpenRequests, Answer, Decide, ChangeSeverity, Withhold, Handle, PlanActions},
	account.SupportAdministrator: {ViewRequests, ViewAllRequests, OpenRequests, OpenForOthers, Answer, Decide, ChangeSeverity, Withhold, Handle, PlanActions},
	account.PartnerOperator:      {ViewRequests},
	account.Helpdesk:             {ViewRequests, ViewAllRequests, OpenRequests, OpenForOthers, Answer, ChangeSeverity, Handle, PlanActions, WriteNotes, ViewDesk},
}

// org is an organisation of the world, by name.
type org struct {
	id, root, kind, name, city string
	number                     int64
	site                       bool
}

// The vendor Ostrova, two partners, a customer with a site, another customer, one without a contract.
var orgs = map[string]org{
	"vendor":        {id: "org-vendor", kind: account.Vendor, name: "Ostrova Software", number: 10000},
	"partner":       {id: "org-partner", kind: account.Partner, name: "Brightwater Systems", number: 10010},
	"other-partner": {id: "org-otherpartner", kind: account.Partner, name: "Delta Consulting", number: 10011},
	"customer":      {id: "org-customer", kind: account.Customer, name: "Kowalski Maszyny", city: "Łódź", number: 20417},
	"site":          {id: "org-site", root: "org-customer", kind: account.Customer, name: "Kowalski Maszyny", city: "Poznań", number: 20418, site: true},
	"other":         {id: "org-other", kind: account.Customer, name: "Atelier Dubois", city: "Lyon", number: 20500},
	"expired":       {id: "org-expired", kind: account.Customer, name: "Hotel Belvaro", city: "Budapest", number: 20600},
}

// person is a member of the world.
type person struct{ org, first, last, roles string }

var people = map[string]person{
	"anna":    {"customer", "Anna", "Kowalska", account.SupportAdministrator},
	"piotr":   {"customer", "Piotr", "Zieliński", account.SupportRestricted},
	"ewa":     {"customer", "Ewa", "Lis", account.SupportRestricted},
	"adam":    {"customer", "Adam", "Nowak", account.SupportAdvanced},
	"jan":     {"customer", "Jan", "Bez Roli", ""},
	"maria":   {"site", "Maria", "Wójcik", account.SupportAdvanced},
	"camille": {"other", "Camille", "Dubois", account.SupportAdministrator},
	"bela":    {"expired", "Béla", "Kis", account.SupportAdministrator},
	"tom":     {"partner", "Tom", "Brightwater", account.PartnerOperator},
	"rita":    {"partner", "Rita", "Field", account.PartnerBilling},
	"dieter":  {"other-partner", "Dieter", "Delta", account.PartnerOperator + " " + account.SupportAdvanced},
	"ingrid":  {"vendor", "Ingrid", "Halden", account.Helpdesk},
	"erik":    {"vendor", "Erik", "Sund", account.Helpdesk},
	"olga":    {"vendor", "Olga", "Marin", account.BillingDesk},
}

// partnership of the world: Brightwater acts for Kowalski, nobody for Dubois.
var partnershipRoles = []string{account.PartnerOperator, account.SupportAdvanced}

// world is a portal with these people and without any request.
type world struct {
	*Requests
	t     *testing.T
	db    *store.DB
	blobs *blob.Store
	log   *event.Log
}

var catalogue = must(lang.New(ticket.Lang, Lang))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, log: &event.Log{}}
	q, err := job.New(db, slog.New(slog.DiscardHandler))
	w.need(err)
	keys, err := crypt.LoadOrMake(filepath.Join(t.TempDir(), "key"))
	w.need(err)
	w.blobs, err = blob.Open(t.Context(), db, "file://"+t.TempDir())
	w.need(err)
	t.Cleanup(func() { w.blobs.Close() })
	w.Requests = &Requests{
		Store: db, Roles: roles, BaseURL: "https://portal.example.test",
		Tickets: &ticket.Tickets{Events: w.log, Jobs: q},
		Office:  &mail.Office{DB: db, Jobs: q, Keys: keys, Catalogue: catalogue, From: "portal@ostrova.example", FromName: "Ostrova Software"},
		Products: func(tx *store.Tx, a who.Actor) ([]Choice, error) {
			return store.Query[Choice](tx, `SELECT p.id, p.code, p.name FROM product p JOIN product_of_org f ON f.product_id = p.id WHERE f.org_id = $1 ORDER BY p.code`, a.Org)
		},
		Covered: func(tx *store.Tx, org, _, day string) (string, bool, error) {
			return store.Maybe[string](tx, `
				SELECT c.id FROM support_contract c JOIN organisation o ON o.root_id = c.org_id
				WHERE o.id = $1 AND c.starts_on <= $2 AND c.ends_on >= $2 AND c.status = 'active'`, org, day)
		},
	}
	w.write(w.settle)
	return w
}

// settle inserts organisations, people, products, contracts and the partnership.
func (w *world) settle(tx *store.Tx) error {
	for _, o := range orgs {
		w.exec(tx, `INSERT INTO organisation (id, number, root_id, kind, is_site, name, name_key, country, street, postcode, city, vat_id, language, zone, reference, status, email, created_on, notes, created_at, updated_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $6, 'PL', '', '', $7, '', '', 'Europe/Warsaw', '', 'active', 'desk@example.test', '', '', $8, $8, 1)`,
			o.id, o.number, o.family(), o.kind, o.site, o.name, o.city, tx.Now)
	}
	for id, p := range people {
		language := ""
		if id == "tom" {
			language = "fr"
		}
		w.exec(tx, `INSERT INTO person (id, email, first_name, last_name, language, zone, phone, state, mailbox_first, created_at, version)
			VALUES ($1, $2, $3, $4, $5, '', '', 'active', FALSE, $6, 1)`, "p-"+id, id+"@"+p.org+".example", p.first, p.last, language, tx.Now)
		w.exec(tx, `INSERT INTO membership (id, person_id, org_id, state, is_primary, first_name, last_name, since_on, until_on, created_by, created_at, updated_at, version)
			VALUES ($1, $2, $3, 'active', TRUE, $4, $5, '', '', '', $6, $6, 1)`, "m-"+id, "p-"+id, orgs[p.org].id, p.first, p.last, tx.Now)
		for _, r := range strings.Fields(p.roles) {
			w.exec(tx, `INSERT INTO membership_role (membership_id, role) VALUES ($1, $2)`, "m-"+id, r)
		}
	}
	for i, name := range []string{"Calibro", "Collector"} {
		code := []string{"CAL", "COL"}[i]
		w.exec(tx, `INSERT INTO product (id, code, code_key, slug, name, status, portal_url, created_at, updated_at, version)
			VALUES ($1, $2, $3, $3, $4, 'active', '', $5, $5, 1)`, "prod-"+code, code, strings.ToLower(code), name, tx.Now)
	}
	for _, o := range []string{"customer", "site", "other", "expired"} {
		w.exec(tx, `INSERT INTO product_of_org (org_id, product_id, source) VALUES ($1, 'prod-CAL', 'licence')`, orgs[o].id)
	}
	for o, until := range map[string]string{"customer": "2026-12-31", "other": "2026-12-31", "expired": "2026-03-14"} {
		w.exec(tx, `INSERT INTO support_contract (id, number, org_id, level, starts_on, ends_on, status, created_at, updated_at, version)
			VALUES ($1, $2, $3, 'standard', '2025-01-01', $4, 'active', $5, $5, 1)`, "con-"+o, "OS-"+o, orgs[o].id, until, tx.Now)
	}
	w.ally(tx, "partner", "customer", tx.Now.AddDate(-1, 0, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
	return nil
}

func (o org) family() string {
	if o.root != "" {
		return o.root
	}
	return o.id
}

// ally gives a partnership with scope rows for the customer's family.
func (w *world) ally(tx *store.Tx, partner, customer string, from, until time.Time) {
	p, c := orgs[partner], orgs[customer]
	id := "ps-" + partner + "-" + customer
	w.exec(tx, `INSERT INTO partnership (id, partner_id, customer_id, given_by, from_on, until_on, from_at, until_at, created_by, created_at, version)
		VALUES ($1, $2, $3, 'customer', '2025-01-01', '', $4, $5, '', $6, 1)`, id, p.id, c.id, from, until, tx.Now)
	for _, r := range partnershipRoles {
		w.exec(tx, `INSERT INTO partnership_role (partnership_id, role) VALUES ($1, $2)`, id, r)
	}
	for _, o := range orgs {
		if o.family() == c.id {
			w.exec(tx, `INSERT INTO scope (scope_id, org_id, partnership_id, from_at, until_at) VALUES ($1, $2, $3, $4, $5)`, p.id, o.id, id, from, until)
		}
	}
}

func (w *world) exec(tx *store.Tx, q string, args ...any) {
	w.t.Helper()
	if _, err := tx.Exec(q, args...); err != nil {
		w.t.Fatalf("%v: %s", err, q)
	}
}

func (w *world) write(f func(*store.Tx) error) {
	w.t.Helper()
	w.need(w.db.Write(context.Background(), store.Free, f))
}

func (w *world) run(q string, args ...any) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error { w.exec(tx, q, args...); return nil })
}

// one reads one value.
func one[T any](w *world, q string, args ...any) (v T) {
	w.t.Helper()
	w.need(w.db.Read(context.Background(), func(tx *store.Tx) (err error) {
		v, err = store.One[T](tx, q, args...)
		return err
	}))
	return v
}

func (w *world) need(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// status tells how an act ended: 200, or the status of its fault.
func (w *world) status(name string, err error, want int) {
	w.t.Helper()
	if got := fault.Status(err); got != want {
		w.t.Errorf("%s: %d, want %d (%v)", name, got, want, err)
	}
}

// as is somebody at the own number.
func as(name string) who.Actor {
	p := people[name]
	o := orgs[p.org]
	a := who.Actor{Person: "p-" + name, Name: p.first + " " + p.last, Email: name + "@" + p.org + ".example", Session: "s-" + name, Member: o.id, Org: o.id,
		Number: o.number, Acting: o.number, Source: who.Own, Roles: strings.Fields(p.roles), Language: "en", Zone: time.UTC,
		Reach: who.Reach{All: o.kind == account.Vendor, Orgs: familyOf(o)}}
	if o.kind == account.Partner {
		a.Reach.Scope = o.id
	}
	a.Rights = roles.Rights(a.Roles)
	return a
}

// at is somebody of a partner or of the vendor at /for/ a customer, as account.Resolve makes him; a partner without
// partnership is stopped there, so he has no rights here.
func at(name, customer string) who.Actor {
	a, c := as(name), orgs[customer]
	vendor := a.Reach.All
	a.Org, a.Number, a.Reach = c.id, c.number, who.Reach{Orgs: familyOf(c)}
	if vendor {
		a.Source = who.Staff
		return a
	}
	a.Source = who.Partnership
	a.Roles = account.InPartnership(a.Roles, partnershipRoles)
	a.Rights = roles.Rights(a.Roles)
	return a
}

func familyOf(o org) (ids []string) {
	for _, other := range orgs {
		if other.family() == o.family() {
			ids = append(ids, other.id)
		}
	}
	slices.Sort(ids)
	return ids
}

// question is a sensible request.
func question(title string) Opening {
	return Opening{Product: "CAL", Kind: ticket.Defect, Title: title, Description: "It fails when **saving**.", Severity: 2}
}

func (w *world) open(a who.Actor, title string) (number string) {
	w.t.Helper()
	number, err := w.Open(context.Background(), a, question(title))
	w.need(err)
	return number
}

// put stores a file as the actor would.
func (w *world) put(a who.Actor, name, content string) ticket.Upload {
	w.t.Helper()
	b, err := w.blobs.Put(context.Background(), a, int64(len(content)), strings.NewReader(content))
	w.need(err)
	return ticket.Upload{Blob: b.ID, Name: name}
}

// titles are those of a list, newest first.
func (w *world) titles(a who.Actor, f Filter) (all []string) {
	w.t.Helper()
	l, err := w.List(context.Background(), a, f)
	w.need(err)
	for _, r := range l.Rows {
		all = append(all, r.Title)
	}
	return all
}

// wants compares lists of words.
func (w *world) wants(what string, got []string, want ...string) {
	w.t.Helper()
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// later moves the clock.
func (w *world) later(d time.Duration) { w.db.Clock.(interface{ Add(time.Duration) }).Add(d) }

func TestMain(m *testing.M) {
	code := m.Run()
	if missing := catalogue.Missing(); len(missing) > 0 {
		println("texts that no catalogue has: " + strings.Join(missing, ", "))
		code = 1
	}
	os.Exit(code)
}

type actor = who.Actor

// mailed are the addresses to which letters about a request went, in order.
func (w *world) mailed(number string) (to []string) {
	w.t.Helper()
	w.need(w.db.Read(context.Background(), func(tx *store.Tx) (err error) {
		to, err = store.Query[string](tx, `SELECT to_address FROM mail WHERE subject LIKE $1 ORDER BY created_at, to_address`, "%"+number+"%")
		return err
	}))
	return to
}
