package importer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// picture is what the tables say, without ids, times and what is random.
func (p *portal) picture() []string {
	p.t.Helper()
	var all []string
	add := func(kind, q string) {
		p.t.Helper()
		for _, line := range query[string](p, q) {
			all = append(all, kind+": "+line)
		}
	}
	cat := func(columns ...string) string {
		for i, c := range columns {
			columns[i] = "COALESCE(CAST(" + c + " AS TEXT), '-')"
		}
		return "SELECT " + strings.Join(columns, " || ' | ' || ")
	}
	add("organisation", cat("o.number", "r.number", "o.kind", "o.is_site", "o.name", "o.country", "o.street", "o.city", "o.language", "o.status", "o.created_on", "o.notes")+
		` FROM organisation o JOIN organisation r ON r.id = o.root_id`)
	add("person", cat("email", "first_name", "last_name", "language", "phone", "state", "mailbox_first", "email_proven_at")+` FROM person`)
	add("credential", cat("p.email", "c.kind", "c.source", "c.scheme")+` FROM credential c JOIN person p ON p.id = c.person_id`)
	add("linked", cat("p.email", "l.source", "l.source_id", "l.proven_at")+` FROM linked_identity l JOIN person p ON p.id = l.person_id`)
	add("membership", cat("p.email", "o.number", "m.state", "m.is_primary", "m.since_on", "m.until_on", "m.until_at",
		"(SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM membership_role r WHERE r.membership_id = m.id)")+
		` FROM membership m JOIN person p ON p.id = m.person_id JOIN organisation o ON o.id = m.org_id`)
	add("partnership", cat("a.number", "b.number", "x.given_by", "x.from_on", "x.until_on", "x.from_at", "x.until_at",
		"(SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM partnership_role r WHERE r.partnership_id = x.id)")+
		` FROM partnership x JOIN organisation a ON a.id = x.partner_id JOIN organisation b ON b.id = x.customer_id`)
	add("scope", cat("a.number", "b.number", "s.from_at", "s.until_at")+` FROM scope s JOIN organisation a ON a.id = s.scope_id JOIN organisation b ON b.id = s.org_id`)
	add("product", cat("code", "slug", "name", "status", "portal_url")+` FROM product`)
	add("has", cat("o.number", "p.code", "x.source")+` FROM product_of_org x JOIN organisation o ON o.id = x.org_id JOIN product p ON p.id = x.product_id`)
	add("licence", cat("l.number", "o.number", "s.number", "p.code", "l.quantity", "l.term", "l.issued_on", "l.valid_until", "l.status", "l.order_ref")+
		` FROM licence l JOIN organisation o ON o.id = l.org_id JOIN product p ON p.id = l.product_id LEFT JOIN organisation s ON s.id = l.site_id`)
	add("contract", cat("c.number", "o.number", "c.level", "c.starts_on", "c.ends_on", "c.status")+` FROM support_contract c JOIN organisation o ON o.id = c.org_id`)
	add("entitlement", cat("c.number", "o.number", "p.code", "l.number")+` FROM entitlement e JOIN support_contract c ON c.id = e.contract_id
		JOIN organisation o ON o.id = e.org_id JOIN product p ON p.id = e.product_id LEFT JOIN licence l ON l.id = e.licence_id`)
	add("row", cat("source", "file", "source_id", "notes", "made", "email", "usable", "cells", "(SELECT count(*) FROM import_row y WHERE y.seq < x.seq)")+` FROM import_row x`)
	add("event", cat("name", "source", "count(*)")+` FROM event GROUP BY name, source`)
	slices.Sort(all)
	return all
}

func differ(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	n := 0
	for _, l := range got {
		if !slices.Contains(want, l) && n < 5 {
			t.Errorf("%s: too much: %s", what, l)
			n++
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) && n < 10 {
			t.Errorf("%s: missing: %s", what, l)
			n++
		}
	}
	if n == 0 {
		t.Errorf("%s: %d lines, want %d", what, len(got), len(want))
	}
}

func TestAttack_IMP_08_an_import_that_is_killed_anywhere_is_completed_by_the_next(t *testing.T) {
	for name, c := range map[string]struct {
		open                   func(testing.TB) *store.DB
		customers, step, least int // least statements
	}{"sqlite": {storetest.Lite, 7, 41, 500}, "sqlite_at_every_statement": {storetest.Lite, 1, 1, 100}, "postgres": {storetest.Postgres, 7, 211, 500}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &old{r: rand.New(rand.NewPCG(5, 5)), customers: c.customers, mess: 0.1, passwords: true}
			o.fill("first", 0)
			folders := []string{o.folder(t)}
			o.fill("second", c.customers/2)
			folders = append(folders, o.folder(t))
			straight := newPortal(t, c.open(t))
			var reports [][][]string
			for _, f := range folders {
				reports = append(reports, straight.run(t.Context(), f, false).rows)
			}
			want := straight.picture()
			if len(want) < c.least/10 {
				t.Fatalf("only %d lines", len(want))
			}
			for killed := 1; ; killed += c.step {
				p := newPortal(t, c.open(t))
				ctx, kill := context.WithCancel(t.Context())
				n := 0
				p.Store.Trace = func(context.Context, string) {
					if n++; n == killed {
						kill()
					}
				}
				var broken error
				for _, f := range folders {
					if said := p.run(ctx, f, false); broken == nil {
						broken = said.err
					}
				}
				kill()
				p.Store.Trace = nil
				for i, f := range folders {
					said := p.run(t.Context(), f, false)
					if said.err != nil {
						t.Fatal(said.err)
					}
					taken := func(r []string) string {
						return strings.NewReplacer("created", "taken", "updated", "taken", "unchanged", "taken").Replace(strings.Join(r[:5], " "))
					}
					if !slices.EqualFunc(said.rows, reports[i], func(a, b []string) bool { return taken(a) == taken(b) }) {
						t.Errorf("killed at statement %d: another report", killed)
					}
				}
				differ(t, fmt.Sprintf("killed at statement %d", killed), p.picture(), want)
				if broken == nil {
					if killed < c.least {
						t.Errorf("only %d statements", n)
					}
					return
				}
			}
		})
	}
}

func TestAttack_IMP_08_generated_portals_come_to_the_same_in_the_tables_and_in_memory(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		o := &old{r: rand.New(rand.NewPCG(11, 3)), customers: 90, mess: 0.08, passwords: true}
		m := newMemory()
		check := func(folder string) told {
			t.Helper()
			said := p.bring(folder)
			lines, _ := bringFolder(t, m, folder, false, 97)
			for i, l := range lines {
				if got, want := said.rows[i][:5], []string{l.File, fmt.Sprint(l.Line), l.ID, string(l.Outcome), l.Code()}; !slices.Equal(got, want) {
					t.Fatalf("the tables say %q, memory %q", got, want)
				}
			}
			return said
		}
		again := func(folder string, first told) {
			t.Helper()
			before := p.picture()
			p.compareAgain(first.rows, check(folder).rows)
			differ(t, "again", p.picture(), before)
		}
		o.fill("first", 0)
		one := o.folder(t)
		first := check(one)
		o.fill("second", 40)
		two := o.folder(t)
		second := check(two)
		again(one, first)
		again(two, second)
		o.change()
		check(o.folder(t))
	})
}
