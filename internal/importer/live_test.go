package importer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

// give imports rows of a source and gives what each came to, as "outcome code"; the first line of a file is its header.
func (p *portal) give(source string, files map[string][]string) []string {
	p.t.Helper()
	bodies := map[string]string{}
	for name, lines := range files {
		bodies[name] = strings.Join(lines, "\n") + "\n"
	}
	said := p.bring(export(p.t, bodies, func(_ string, m map[string]any) { m["source"] = source }))
	var all []string
	for _, r := range said.rows {
		all = append(all, strings.TrimSpace(r[3]+" "+r[4]))
	}
	return all
}

func (p *portal) expect(what string, got, want []string) {
	p.t.Helper()
	if !slices.Equal(got, want) {
		p.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func repeat(what string, n int) []string { return slices.Repeat([]string{what}, n) }

// house is a small portal's export; each edit replaces one text by another everywhere in it.
func house(edits ...string) map[string][]string {
	files := map[string][]string{
		Organisations:    {orgHead, "p,10001,partner,Brightwater,PL,active", "c,10003,customer,Kowalski,PL,active"},
		Sites:            {siteHead, "s,c,10005,Kowalski Łódź,PL,active"},
		People:           {personHead, "x,x@one.example,2021-02-03T10:00:00,Ewa,Lis,active,bcrypt," + goodHash, "y,y@one.example,,Jan,Kos,active,,"},
		Memberships:      {memberHead, "1,x,c,,licensing;reporting,yes,active,,", "2,x,c,s,,,active,,", "3,y,p,,partner-operator,,invited,2020-01-01,2030-12-31"},
		Relations:        {relateHead, "1,p,c,partner-operator;reporting,2020-01-01,"},
		Products:         {productHead, "k,KILN,Kiln,active"},
		Licences:         {licenceHead, "l,7K3-MQ2-X9W,c,s,k,5,perpetual,2020-01-01,,active"},
		SupportContracts: {supportHead, "m,M-1,c,standard,2020-01-01,2031-12-31,active"},
		Entitlements:     {entitleHead, "e,m,l,"},
	}
	for _, lines := range files {
		for i := range lines {
			lines[i] = strings.NewReplacer(edits...).Replace(lines[i])
		}
	}
	return files
}

const goodPassword = "correct horse battery" // of goodHash

func TestAttack_IMP_12_what_was_changed_in_Lodge_stays(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.expect("first", p.give("old", house()), repeat("created", 13))
		change := func(q string, args ...any) {
			p.write(func(tx *store.Tx) error { _, err := tx.Exec(q, args...); return err })
		}
		change(`UPDATE organisation SET name = 'Kowalski i Syn' WHERE number = 10003`)
		change(`UPDATE person SET phone = '123', email = 'new@one.example' WHERE email = 'y@one.example'`)
		change(`DELETE FROM membership_role WHERE role = 'reporting'`)
		change(`UPDATE membership SET state = 'obsolete' WHERE org_id = (SELECT id FROM organisation WHERE number = 10005)`)
		change(`UPDATE licence SET status = 'revoked'`)
		change(`UPDATE partnership SET until_on = '2026-01-31'`)
		before := p.picture()
		p.expect("as it was", p.give("old", house()), repeat("unchanged", 13))
		p.expect("changed there", p.give("old", house("Kowalski,", "Kowalski SA,", "y@one", "z@one", "licensing;reporting", "licensing", ",5,perpetual,2020-01-01,,active", ",6,perpetual,2020-01-01,,retired",
			"reporting,2020-01-01,", "reporting,2020-01-01,2029-01-01")),
			[]string{"unchanged", "updated", "unchanged", "unchanged", "updated", "updated", "unchanged", "unchanged", "updated", "unchanged", "updated", "unchanged", "unchanged"})
		var gone, come []string
		for _, l := range p.picture() {
			if !slices.Contains(before, l) && !strings.HasPrefix(l, "row: ") && !strings.HasPrefix(l, "event: ") {
				come = append(come, l)
			}
		}
		after := p.picture()
		for _, l := range before {
			if !slices.Contains(after, l) && !strings.HasPrefix(l, "row: ") && !strings.HasPrefix(l, "event: ") {
				gone = append(gone, l)
			}
		}
		// Only the quantity: all else that the old portal changed was changed in Lodge.
		if len(come) != 1 || len(gone) != 1 || !strings.HasPrefix(come[0], "licence: 7K3-MQ2-X9W") || !strings.Contains(come[0], "| 6 |") || !strings.Contains(come[0], "revoked") {
			t.Errorf("came %q, went %q", come, gone)
		}
	})
}

func TestAKnownRowChangesWhatItMadeWhereLodgeHasNotChangedIt(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.give("old", house())
		p.expect("changed", p.give("old", house("Brightwater", "Brightwater SA", "Łódź,PL,active", "Łódź,PL,disabled", "Ewa", "Eva", "y@one", "z@one", "licensing;reporting", "security-administrator",
			"invited,2020-01-01,2030-12-31", "obsolete,2020-01-01,2027-12-31", "partner-operator;reporting,2020-01-01,", "support-advanced,2021-01-01,2028-06-30", "Kiln,active", "Kiln 2,retired",
			",5,perpetual", ",7,perpetual", "M-1,c,standard", "M-2,c,premier")),
			[]string{"updated", "unchanged", "updated", "updated", "updated", "updated", "unchanged", "updated", "updated", "updated", "updated", "updated", "unchanged"})
		all := strings.Join(p.picture(), "\n")
		for _, want := range []string{"Brightwater SA", "Kowalski Łódź | PL | - |", "| Eva | Lis |", "person: z@one.example", "| obsolete |", "2027-12-31", "7K3-MQ2-X9W | 10003 | 10005 | KILN | 7", "contract: M-2 | 10003 | premier",
			"membership: x@one.example | 10003 | imported", "| security-administrator\n", "partnership: 10001 | 10003 | import | 2021-01-01 | 2028-06-30", "product: KILN | kiln | Kiln 2 | retired"} {
			if want = strings.ReplaceAll(want, "| - |", "|"); !strings.Contains(all, want) {
				t.Errorf("%q is not there", want)
			}
		}
		for _, scope := range query[struct{ N, Until int }](p, `SELECT count(*), sum(CASE WHEN until_at < $1 THEN 1 ELSE 0 END) FROM scope`, storetest.Now.AddDate(5, 0, 0)) {
			if scope.N != 2 || scope.Until != 2 {
				t.Errorf("scope of the partnership: %+v, want the customer and its site, ended", scope)
			}
		}
	})
}

func TestAttack_IMP_07_after_the_first_sign_in_no_import_changes_the_person(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.give("old", house())
		if s, err := p.signIn("x@one.example", goodPassword); err != nil || s.Step != identity.StepDone {
			t.Fatal(s, err)
		}
		states := query[string](p, `SELECT m.state FROM membership m JOIN person x ON x.id = m.person_id WHERE x.email = 'x@one.example'`)
		p.expect("memberships", states, []string{"active", "active"})
		before := query[string](p, `SELECT state || email || first_name || (SELECT string_agg(c.kind || c.source || c.secret, ' ') FROM credential c WHERE c.person_id = person.id) FROM person WHERE email = 'x@one.example'`)
		p.expect("later", p.give("old", map[string][]string{People: {personHead, "x,other@one.example,2021-02-03T10:00:00,Eva,Lis,disabled,md5-hex,sp$salz$0123456789abcdef0123456789abcdef"}}), []string{"updated"})
		p.expect("another portal", p.give("second", map[string][]string{
			Organisations: {orgHead, "1,10003,customer,K,PL,active", "2,,customer,New,PL,active"},
			People:        {personHead, "1,X@one.example,,E,L,disabled,bcrypt," + goodHash},
			Memberships:   {memberHead, "1,1,2,,reporting,yes,active,,"}}), []string{"updated joined", "created", "updated joined", "created primary_dropped"})
		after := query[string](p, `SELECT state || email || first_name || (SELECT string_agg(c.kind || c.source || c.secret, ' ') FROM credential c WHERE c.person_id = person.id) FROM person WHERE email = 'x@one.example'`)
		p.expect("person", after, before)
		// What comes later for somebody who has been here waits for nothing.
		p.expect("new membership", query[string](p, `SELECT m.state FROM membership m JOIN organisation o ON o.id = m.org_id WHERE o.name = 'New'`), []string{"active"})
		// A row that says where an account came from opens no door.
		for _, name := range []string{"old/x", "x", "second/1", "other@one.example"} {
			if _, err := p.signIn(name, goodPassword); !fault.Is(err, "identity.wrong_password") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAttack_IMP_12_a_sign_in_between_plan_and_transaction_leaves_no_old_password(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.give("old", house())
		folder := export(t, map[string]string{People: personHead + "\n1,x@one.example,2021-02-03T10:00:00,E,L,active,bcrypt," + goodHash + "\n"},
			func(_ string, m map[string]any) { m["source"] = "second" })
		var once sync.Once
		p.Store.Trace = func(_ context.Context, q string) {
			if q == selectMadeByEmail { // the plan reads what there is
				once.Do(func() {
					if _, err := p.signIn("x@one.example", goodPassword); err != nil {
						t.Error(err)
					}
				})
			}
		}
		said := p.run(t.Context(), folder, false)
		p.Store.Trace = nil
		if said.err != nil || said.rows[0][3] != "updated" {
			t.Fatal(said)
		}
		p.expect("credentials", query[string](p, `SELECT kind || source FROM credential`), []string{"password"})
	})
}

func TestAttack_IMP_02_somebody_invited_in_Lodge_is_joined_and_the_vendors_people_get_no_password(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.give("old", map[string][]string{Organisations: {orgHead, "c,10003,customer,Kowalski,PL,active"}})
		org := query[string](p, `SELECT id FROM organisation WHERE number = 10003`)[0]
		for number, email := range map[string]string{org: "x@one.example", p.vendor.ID: "staff@one.example"} {
			p.write(func(tx *store.Tx) error {
				_, err := p.Accounts.InviteStep(tx, who.Program(number, who.Rights{account.Invite: true, account.GrantRoles: true, account.GrantVendor: true}), identity.Email(email), account.NewContact{FirstName: "A", LastName: "B"})
				return err
			})
		}
		p.expect("rows", p.give("old", map[string][]string{
			Organisations: {orgHead, "c,10003,customer,Kowalski,PL,active"},
			People: {personHead, "x,x@one.example,2021-02-03T10:00:00,E,L,active,bcrypt," + goodHash,
				"v,staff@one.example,2021-02-03T10:00:00,E,L,active,bcrypt," + goodHash},
			Memberships: {memberHead, "1,x,c,,security-administrator,,active,,"}}), []string{"unchanged", "updated joined", "updated joined", "updated joined"})
		p.expect("passwords", query[string](p, `SELECT p.email FROM credential c JOIN person p ON p.id = c.person_id`), []string{"x@one.example"})
		if _, err := p.signIn("staff@one.example", goodPassword); !fault.Is(err, "identity.wrong_password") {
			t.Errorf("one of the vendor's people signs in with a password of an old portal: %v", err)
		}
		if s, err := p.signIn("x@one.example", goodPassword); err != nil || s.Step != identity.StepDone {
			t.Error(s, err)
		}
		p.expect("membership", query[string](p, `SELECT m.state || ' ' || r.role FROM membership m JOIN membership_role r ON r.membership_id = m.id WHERE m.org_id = $1`, org), []string{"active security-administrator"})
	})
}

func TestAttack_IMP_09_the_vendor_is_out_of_an_imports_reach(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		p.expect("rows", p.give("old", map[string][]string{
			Organisations: {orgHead, "v,10000,customer,V,PL,active", "c,,customer,C,PL,active"},
			Sites:         {siteHead, "s,c,10000,S,PL,active"},
			People:        {personHead, "x,x@one.example,,X,X,active,,"},
			Memberships:   {memberHead, "1,x,v,,,,active,,", "2,x,c,,operator,,active,,", "3,x,c,,licensing,,active,,"},
		}), []string{"refused number_taken", "created", "refused number_taken", "created", "refused reference_refused", "refused role_forbidden", "created"})
		if n := query[int](p, `SELECT count(*) FROM membership WHERE org_id = $1`, p.vendor.ID)[0]; n != 0 {
			t.Error("somebody belongs to the vendor")
		}
	})
}

func TestAttack_IMP_12_numbers_never_collide_with_live_work(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		lines := []string{orgHead}
		for i := range 300 {
			number := ""
			if i%3 == 0 {
				number = fmt.Sprint(20_300 - i)
			}
			lines = append(lines, fmt.Sprintf("%d,%s,customer,Imported %d,PL,active", i, number, i))
		}
		folder := export(t, map[string]string{Organisations: strings.Join(lines, "\n") + "\n"}, nil)
		made := make(chan int64, 1000)
		stop := make(chan struct{})
		var live sync.WaitGroup
		live.Go(func() {
			defer close(made)
			for n := 0; n < 1000; n++ {
				select {
				case <-stop:
					return
				default:
				}
				err := p.Store.Write(context.WithoutCancel(t.Context()), account.Numbers(), func(tx *store.Tx) error {
					o, err := p.Accounts.Make(tx, who.Program("", nil), account.NewOrganisation{Kind: account.Customer, Name: "Live", Country: "PL"})
					if err == nil {
						tx.AfterCommit(func() { made <- o.Number })
					}
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		first := <-made // live work has begun
		said := p.run(t.Context(), folder, false)
		close(stop)
		live.Wait()
		if said.err != nil {
			t.Fatal(said.err)
		}
		for _, r := range said.rows {
			if r[3] != "created" {
				t.Fatalf("%q", r)
			}
		}
		if first > 20_000 {
			t.Errorf("the first number is %d", first)
		}
		for _, n := range query[struct{ All, Numbers int }](p, `SELECT count(*), count(DISTINCT number) FROM organisation`) {
			if n.All != n.Numbers || n.All < 302 {
				t.Errorf("%+v", n)
			}
		}
	})
}

func TestTwoImportsAtOnceExcludeEachOther(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		ran, err := p.Store.IfFree(t.Context(), "import", func(ctx context.Context) error {
			said := p.run(t.Context(), "testdata/sample/admin-portal", false)
			if !fault.Is(said.err, "importer.running") {
				t.Errorf("%v", said.err)
			}
			if n := query[int](p, `SELECT count(*) FROM import_row`)[0]; n != 0 {
				t.Error("rows were imported")
			}
			return nil
		})
		if err != nil || !ran {
			t.Fatal(ran, err)
		}
	})
}

func TestAttack_IMP_01_a_folder_with_a_fault_of_a_file_imports_nothing_and_says_so(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		folder := export(t, map[string]string{Products: goodProducts, Requests: "source_id\n", Sites: "source_id,name\n"}, func(_ string, m map[string]any) {
			m["files"].(map[string]any)[Products].(map[string]any)["rows"] = 7
		})
		before := p.digest()
		for _, dry := range []bool{true, false} {
			said := p.run(t.Context(), folder, dry)
			if !fault.Is(said.err, "importer.refused_files") {
				t.Errorf("%v", said.err)
			}
			var got []string
			for _, r := range said.rows {
				got = append(got, strings.Join(r[:5], " "))
			}
			p.expect("report", got, []string{"sites.csv 0  refused file_header", "products.csv 0  refused file_rows", "requests.csv 0  refused file_header"})
			if !strings.Contains(said.out, "products.csv: The file has 1 records") {
				t.Errorf("%q", said.out)
			}
		}
		if p.digest() != before {
			t.Error("something was written")
		}
	})
}

func TestAnImportShowsItsProgressOnATerminalAndKeepsItsReportPrivate(t *testing.T) {
	onBoth(t, func(t *testing.T, p *portal) {
		var out bytes.Buffer
		report := filepath.Join(t.TempDir(), "report.csv")
		err := p.Run(t.Context(), Options{Path: "testdata/sample/admin-portal", Report: report, Out: &out, Terminal: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"\r\x1b[KChecking the files", "\x1b[Kpeople.csv: 721 of 721 rows", "\x1b[Kpeople.csv: protecting weak password hashes, ", "\r\x1b[Korganisations.csv: 32 created, 0 updated,"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q is not shown", want)
			}
		}
		info, err := os.Stat(report)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("report: %v %v", info.Mode(), err)
		}
		before := p.digest()
		err = p.Run(t.Context(), Options{Path: "testdata/sample/customer-portal", Report: filepath.Join(t.TempDir(), "no", "such", "folder"), Out: &out})
		if !fault.Is(err, "importer.report_unwritable") || p.digest() != before {
			t.Errorf("a report that cannot be written: %v", err)
		}
	})
}
