package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/app/apptest"
	"lodge/internal/identity"
	"lodge/internal/isolation"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/ticket"
)

// everywhere asks as everybody at every place.
func everywhere(t *testing.T, a *app.App) (asked int) {
	t.Helper()
	ctx := t.Context()
	var f *isolation.Facts
	err := a.Store.Read(ctx, func(tx *store.Tx) (err error) {
		f, err = isolation.Load(tx, app.Roles, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]bool{}
	for _, m := range f.Members {
		people[m.Person] = true
	}
	for _, person := range slices.Sorted(maps.Keys(people)) {
		for _, at := range f.Places() {
			found, err := a.Isolation().Check(ctx, f, person, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range found {
				t.Errorf("%s", d)
			}
			asked++
		}
	}
	return asked
}

func TestIsolation_of_the_demo_world_is_as_the_model_says(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		if n := everywhere(t, p.App); n < 19*7*7 {
			t.Errorf("only %d people and places were asked", n)
		}
	})
}

func TestIsolation_of_a_live_portal_names_who_sees_too_much(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		asked, found, err := p.Isolation().Live(t.Context(), 100, 20)
		if err != nil || len(found) > 0 || asked < 19 {
			t.Errorf("%d asked, %v, %v", asked, found, err)
		}
		// Somebody writes past the portal: the customer's requests stand in the list of a partner that does not act for it.
		exec(t, p, `INSERT INTO scope (scope_id, org_id, partnership_id, from_at, until_at)
			SELECT o.id, c.org_id, c.partnership_id, c.from_at, c.until_at FROM scope c JOIN organisation o ON o.number = $1`, p.World.Organisations["other-partner"].Number)
		exec(t, p, `INSERT INTO ticket_scope (scope_id, ticket_id, org_id, updated_at, is_open, turn)
			SELECT o.id, s.ticket_id, s.org_id, s.updated_at, s.is_open, s.turn FROM ticket_scope s JOIN organisation o ON o.number = $1`, p.World.Organisations["other-partner"].Number)
		_, found, err = p.Isolation().Live(t.Context(), 100, 20)
		if err != nil || len(found) == 0 {
			t.Errorf("nothing is said of it: %v", err)
		}
	})
}

// TestIsolation_of_random_worlds draws organisations, people, roles, partnerships and requests. A world that fails is named by its
// seed.
func TestIsolation_of_random_worlds(t *testing.T) {
	for engine, database := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return "sqlite:" + storetest.LitePath(t) }, "postgres": func(t *testing.T) string { return storetest.PostgresURL(t) },
	} {
		for seed := range 4 {
			t.Run(fmt.Sprint(engine, " ", seed), func(t *testing.T) {
				t.Parallel()
				a := emptyPortal(t, database(t))
				rapid.Custom(drawWorld).Example(seed).make(t, a)
				everywhere(t, a)
			})
		}
	}
}

// world is what is drawn. Numbers are places in the lists.
type world struct {
	Orgs []struct {
		Kind   string
		Root   int // -1: a head
		Status string
	}
	People  []int // how many memberships
	Members []struct {
		Person, Org int
		Roles       []string
		Ended       bool
	}
	Partnerships []struct {
		Partner, Customer int
		Roles             []string
		From, Until       int // days from today
	}
	Tickets []struct {
		Author, Org int
		Withheld    bool
		State       ticket.State
	}
}

func drawWorld(r *rapid.T) (w world) {
	pick := func(name string, n int) int { return rapid.IntRange(0, n-1).Draw(r, name) }
	yes := func(name string, of int) bool { return pick(name, of) == 0 }
	add := func(kind string, root int, status string) {
		w.Orgs = append(w.Orgs, struct {
			Kind   string
			Root   int
			Status string
		}{kind, root, status})
	}
	add(account.Vendor, -1, "active")
	for i := range 6 {
		kind := account.Customer
		if i < 3 {
			kind = account.Partner
		}
		add(kind, -1, rapid.SampledFrom([]string{"active", "active", "active", "disabled", "terminated"}).Draw(r, "status"))
		if yes("site", 2) {
			add(kind, len(w.Orgs)-1, rapid.SampledFrom([]string{"active", "active", "disabled"}).Draw(r, "site status"))
		}
	}
	w.People = make([]int, 12)
	for p := range w.People {
		taken := map[int]bool{}
		for range 1 + pick("memberships", 2) {
			org := pick("organisation", len(w.Orgs))
			if taken[org] {
				continue
			}
			taken[org] = true
			roles := rapid.SliceOfNDistinct(rapid.SampledFrom(account.RolesOf(w.Orgs[org].Kind)), 0, 3, rapid.ID).Draw(r, "roles")
			if w.Orgs[org].Kind == account.Partner && !slices.Contains(roles, account.PartnerOperator) && yes("operator", 2) {
				roles = append(roles, account.PartnerOperator)
			}
			w.Members = append(w.Members, struct {
				Person, Org int
				Roles       []string
				Ended       bool
			}{p, org, roles, yes("ended", 8)})
		}
	}
	for range 8 {
		partner, customer := heads(w, account.Partner, pick), heads(w, "", pick)
		if partner == customer {
			continue
		}
		roles := rapid.SliceOfNDistinct(rapid.SampledFrom(append(slices.Clone(account.CustomerRoles[:4]), account.PartnerOperator)), 1, 3, rapid.ID).Draw(r, "partnership")
		w.Partnerships = append(w.Partnerships, struct {
			Partner, Customer int
			Roles             []string
			From, Until       int
		}{partner, customer, roles, pick("from", 20) - 15, pick("until", 20) - 5})
	}
	for _, p := range w.Partnerships { // somebody's customer has ended
		if p.From <= 0 && p.Until > 0 && yes("terminated", 2) {
			w.Orgs[p.Customer].Status = "terminated"
			break
		}
	}
	for range 20 {
		w.Tickets = append(w.Tickets, struct {
			Author, Org int
			Withheld    bool
			State       ticket.State
		}{pick("author", len(w.People)), 1 + pick("of", len(w.Orgs)-1), yes("withheld", 4),
			rapid.SampledFrom([]ticket.State{ticket.New, ticket.New, ticket.Draft, ticket.Closed}).Draw(r, "state")})
	}
	return w
}

// heads draws the head of a family of a kind, or of any but the vendor's.
func heads(w world, kind string, pick func(string, int) int) int {
	var all []int
	for i, o := range w.Orgs {
		if o.Root < 0 && i > 0 && (kind == "" || o.Kind == kind) {
			all = append(all, i)
		}
	}
	return all[pick("head", len(all))]
}

// make fills a portal through the steps of the packages.
func (w world) make(t *testing.T, a *app.App) {
	t.Helper()
	orgs, people := make([]account.Organisation, len(w.Orgs)), make([]string, len(w.People))
	program := func(org string) who.Actor { return who.Program(org, app.Roles.All()) }
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Store.Write(t.Context(), account.Numbers(), func(tx *store.Tx) error {
		for i, o := range w.Orgs {
			in := account.NewOrganisation{Number: int64(10_000 + i), Kind: o.Kind, Name: fmt.Sprint("Organisation ", i), Country: "PL", Status: "active"}
			if o.Root >= 0 {
				in.Root = orgs[o.Root].ID
			}
			made, err := a.Accounts.Make(tx, program(""), in)
			must(err)
			orgs[i] = made
		}
		for i := range w.People {
			email, err := identity.ParseEmail(fmt.Sprintf("p%d@random.example", i))
			must(err)
			made, err := a.Identities.Ensure(tx, email, "Person", fmt.Sprint(i), "en")
			must(err)
			must(a.Identities.Admit(tx, made.ID, "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"))
			people[i] = made.ID
		}
		primary := map[int]bool{}
		for _, m := range w.Members {
			must(a.Accounts.Join(tx, program(orgs[m.Org].ID), people[m.Person], orgs[m.Org].ID, account.Active, !primary[m.Person], m.Roles...))
			primary[m.Person] = true
		}
		p, err := a.Products.Make(tx, program(""), product.Product{Code: "P", Name: "Product"})
		must(err)
		must(product.Give(tx, orgs[1].ID, p.ID, product.ByLicence))
		for i, o := range w.Orgs { // one that each family has alone
			if o.Root < 0 && i > 0 {
				own, err := a.Products.Make(tx, program(""), product.Product{Code: fmt.Sprint("P", i), Name: fmt.Sprint("Product ", i)})
				must(err)
				must(product.Give(tx, orgs[i].ID, own.ID, product.ByLicence))
			}
		}
		day := func(n int) string { return tx.Now.AddDate(0, 0, n).Format(time.DateOnly) }
		for _, x := range w.Partnerships {
			if x.From > x.Until {
				x.From, x.Until = x.Until, x.From
			}
			_, err := a.Accounts.GivePartnership(tx, program(orgs[x.Customer].ID), account.NewPartnership{Partner: orgs[x.Partner].ID, Customer: orgs[x.Customer].ID,
				GivenBy: "vendor", Roles: x.Roles, From: day(x.From), Until: day(x.Until)})
			must(err)
		}
		for i, x := range w.Tickets {
			by := program(orgs[x.Org].ID)
			by.Person, by.Source = people[x.Author], who.Own
			kind, question := ticket.Request, ticket.Question
			if i%3 == 0 && x.State != ticket.Draft {
				kind, question = ticket.Order, ""
			}
			made, err := a.Tickets.Open(tx, by, ticket.Opening{Kind: kind, Org: orgs[x.Org].ID, VendorOnly: x.Withheld, RequestKind: question, Product: p.ID,
				Title: fmt.Sprint("Request ", i), Text: "What?", Severity: 3, Draft: x.State == ticket.Draft})
			must(err)
			if x.State == ticket.Closed {
				_, err := tx.Exec(`UPDATE ticket SET state = 'closed', is_open = FALSE, turn = '' WHERE id = $1`, made.ID)
				must(err)
			}
		}
		for i, o := range w.Orgs {
			_, err := tx.Exec(`UPDATE organisation SET status = $2 WHERE id = $1`, orgs[i].ID, o.Status)
			must(err)
		}
		for _, m := range w.Members {
			if m.Ended {
				_, err := tx.Exec(`UPDATE membership SET until_at = $3 WHERE person_id = $1 AND org_id = $2`, people[m.Person], orgs[m.Org].ID, tx.Now.Add(-time.Hour))
				must(err)
			}
		}
		return nil
	}))
}

func emptyPortal(t *testing.T, database string) *app.App {
	dir := t.TempDir()
	a, err := app.Open(t.Context(), app.Config{Listen: "127.0.0.1:0", Database: database, Files: "file://" + filepath.Join(dir, "files"), Mail: "capture:",
		Secrets: filepath.Join(dir, "key"), Clock: clock.Real{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(context.Background()) })
	return a
}
