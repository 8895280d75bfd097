package importer

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

// trueOrg is what is known of an organisation after both portals.
type trueOrg struct {
	Number, Name, Kind, Status  string
	Members, Obsolete, Licences int
	SupportUntil                *string `json:"support_until"`
}

func TestAC_12_the_two_old_portals_are_taken_over_as_is_known_of_them(t *testing.T) {
	tr := readTruth(t)
	onBoth(t, func(t *testing.T, p *portal) {
		first := map[string][][]string{}
		for i, step := range tr.Steps {
			said := p.bring(filepath.Join("testdata/sample", step.Import))
			for file, want := range step.Rows {
				if isLater(file) {
					if !strings.Contains(said.out, file+": not imported by this version\n") || slices.ContainsFunc(said.rows, func(r []string) bool { return r[0] == file }) {
						t.Errorf("step %d: %s is not named as left out", i+1, file)
					}
					continue
				}
				p.compareTotals(i, file, want.Counts, said.out)
				if !step.Again {
					compareReport(t, i, file, trueLines(want.Default, want.Others), said.rows)
				}
			}
			if step.Again {
				p.compareAgain(first[step.Import], said.rows)
			}
			first[step.Import] = said.rows
			switch i {
			case 3:
				p.compareState(tr.AfterBoth)
				p.compareOrganisations(tr.Organisations, tr.AsOf)
				p.compareLeaderless(tr.AfterBoth.Leaderless, said.out)
			case 4:
				p.compareState(tr.AfterLater)
				p.compareLeaderless(tr.AfterLater.Leaderless, said.out)
			}
		}
		if n := query[int](p, `SELECT count(*) FROM mail`)[0]; n != 0 {
			t.Errorf("%d letters were written because of an import", n)
		}
		if n := query[int](p, `SELECT count(*) FROM event WHERE source <> 'system'`)[0]; n != 0 {
			t.Errorf("%d events that are not the program's", n)
		}
	})
}

func (p *portal) compareTotals(step int, file string, want map[Outcome]int, out string) {
	p.t.Helper()
	args := []any{"file", file}
	for _, o := range outcomes {
		args = append(args, string(o), want[o])
	}
	if line := p.Text("importer.totals", args...); !strings.Contains(out, line+"\n") {
		p.t.Errorf("step %d: %q is not in\n%s", step+1, line, out)
	}
}

func compareReport(t *testing.T, step int, file string, want expected, rows [][]string) {
	t.Helper()
	for _, r := range rows {
		if r[0] != file {
			continue
		}
		line, _ := strconv.Atoi(r[1])
		w := [3]string{r[2], want.usual[0], want.usual[1]}
		if o, ok := want.other[line]; ok {
			w = o
		}
		if got := [3]string{r[2], r[3], r[4]}; got != w {
			t.Errorf("step %d: %s line %d: %v, want %v", step+1, file, line, got, w)
		}
	}
}

func (p *portal) compareAgain(before, after [][]string) {
	p.t.Helper()
	if len(before) != len(after) {
		p.t.Fatalf("%d rows again, were %d", len(after), len(before))
	}
	for i, b := range before {
		want := b[3]
		if want == "created" || want == "updated" {
			want = "unchanged"
		}
		if a := after[i]; a[3] != want || a[4] != b[4] {
			p.t.Errorf("%s line %s: %s %q again, was %s %q", b[0], b[1], a[3], a[4], b[3], b[4])
		}
	}
}

// compareState counts what the tables hold.
func (p *portal) compareState(want totals) {
	p.t.Helper()
	for q, n := range map[string]int{
		`organisation WHERE NOT is_site AND kind <> 'vendor'`: want.Organisations, `organisation WHERE is_site`: want.Sites,
		`person`: want.People, `membership`: want.Memberships, `partnership`: want.Relations, `product`: want.Products, `licence`: want.Licences,
		`support_contract`: want.Contracts, `entitlement`: want.Entitlements, `download`: want.Downloads,
		`membership WHERE state = 'obsolete'`:                                               want.ByStatus["obsolete"],
		`membership WHERE state = 'imported'`:                                               want.ByStatus["active"] + want.ByStatus["invited"],
		`person WHERE id IN (SELECT person_id FROM credential WHERE kind = 'old-password')`: want.Passwords,
	} {
		if got := query[int](p, `SELECT count(*) FROM `+q)[0]; got != n {
			p.t.Errorf("%s: %d, want %d", q, got, n)
		}
	}
	ways := map[string]int{}
	for _, w := range query[string](p, `
		SELECT CASE WHEN state = 'disabled' THEN 'no' WHEN NOT EXISTS (SELECT 1 FROM credential c WHERE c.person_id = p.id) THEN 'reset'
			WHEN mailbox_first THEN 'mailbox' ELSE 'direct' END
		FROM person p`) {
		ways[w]++
	}
	for way, n := range want.BySignIn {
		if ways[way] != n {
			p.t.Errorf("%d people sign in by %s, want %d", ways[way], way, n)
		}
	}
	if twice := query[string](p, `SELECT person_id FROM membership WHERE state <> 'obsolete' GROUP BY person_id
		HAVING sum(CASE WHEN is_primary THEN 1 ELSE 0 END) <> 1`); len(twice) > 0 {
		p.t.Errorf("%d people with memberships have not exactly one primary one", len(twice))
	}
}

func (p *portal) compareOrganisations(want []trueOrg, day string) {
	p.t.Helper()
	for _, w := range want {
		got := query[struct{ ID, Name, Kind, Status string }](p, `SELECT id, name, kind, status FROM organisation WHERE NOT is_site AND name = $1 AND ($2 = '' OR CAST(number AS TEXT) = $2)`, w.Name, w.Number)
		if len(got) != 1 {
			p.t.Errorf("%s %s: %d organisations", w.Number, w.Name, len(got))
			continue
		}
		o := got[0]
		if o.Kind != w.Kind || o.Status != w.Status {
			p.t.Errorf("%s: %+v, want %+v", w.Number, o, w)
		}
		n := query[struct{ Members, Obsolete, Licences int }](p, `
			SELECT (SELECT count(*) FROM membership m JOIN organisation f ON f.id = m.org_id WHERE f.root_id = $1 AND m.state <> 'obsolete'),
				(SELECT count(*) FROM membership m JOIN organisation f ON f.id = m.org_id WHERE f.root_id = $1 AND m.state = 'obsolete'),
				(SELECT count(*) FROM licence l WHERE l.org_id = $1)`, o.ID)[0]
		if n.Members != w.Members || n.Obsolete != w.Obsolete || n.Licences != w.Licences {
			p.t.Errorf("%s: %+v, want %+v", w.Number, n, w)
		}
		var s contract.Support
		err := p.Store.Read(p.t.Context(), func(tx *store.Tx) (err error) {
			s, err = contract.OrgSupport(tx, o.ID, day)
			return err
		})
		if err != nil || w.SupportUntil == nil && s.State != contract.None || w.SupportUntil != nil && s.Until != *w.SupportUntil {
			p.t.Errorf("%s: support %+v, want %v; %v", w.Number, s, w.SupportUntil, err)
		}
	}
}

func (p *portal) compareLeaderless(want []string, out string) {
	p.t.Helper()
	var got []string
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, "  "); ok {
			number, _, _ := strings.Cut(rest, "  ")
			got = append(got, number)
		}
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("without administrator: %v, want %v", got, want)
	}
}

// both brings the two old portals, without a word about their rows.
func (p *portal) both() {
	p.t.Helper()
	for _, folder := range []string{"admin-portal", "customer-portal"} {
		if said := p.run(p.t.Context(), filepath.Join("testdata/sample", folder), false); said.err != nil {
			p.t.Fatal(said.err)
		}
	}
}

func TestAC_01_Attack_IMP_03_people_of_old_portals_sign_in_as_the_format_says(t *testing.T) {
	tr := readTruth(t)
	onBoth(t, func(t *testing.T, p *portal) {
		p.both()
		p.scanForDigests()
		for _, w := range tr.People {
			p.compareMemberships(w, false)
		}
		passwords := map[string][]string{} // that must open nothing once another one has been used
		for _, w := range tr.People {
			p.compareSignIn(w)
			passwords[w.Email] = append(passwords[w.Email], w.Password)
		}
		p.compareAfterwards(tr.People)
		// What signed in once has one password, in Lodge.
		left := query[string](p, `SELECT p.email FROM person p JOIN credential c ON c.person_id = p.id
			WHERE p.first_sign_in_at IS NOT NULL AND c.kind = 'old-password'`)
		if len(left) > 0 {
			t.Errorf("old passwords of %v are still there after the sign-in", left)
		}
	})
}

// compareSignIn signs a person in with the old password, if it is one that works.
func (p *portal) compareSignIn(w truePerson) {
	p.t.Helper()
	if w.SignedBefore(p) {
		return
	}
	s, err := p.signIn(w.EmailInFile, w.Password)
	switch {
	case !w.Works:
		if !fault.Is(err, "identity.wrong_password") {
			p.t.Errorf("%s: an old password that must open nothing: %v", w.Key, err)
		}
	case err != nil:
		p.t.Errorf("%s (%s): %v", w.Key, w.Scheme, err)
	case w.SignIn == "direct" && s.Step != identity.StepDone:
		p.t.Errorf("%s: step %q, want to be in", w.Key, s.Step)
	case w.SignIn == "mailbox":
		if s.Step != identity.StepCode {
			p.t.Errorf("%s: step %q, want a code by mail", w.Key, s.Step)
			return
		}
		before := query[int](p, `SELECT count(*) FROM membership m JOIN person x ON x.id = m.person_id WHERE x.email = $1 AND m.state = 'active'`, w.Email)[0]
		if before != 0 {
			p.t.Errorf("%s: roles take effect before the mailbox is proved", w.Key)
		}
		s, err := p.Identities.Code(p.t.Context(), s.Token, p.code(w.Email), identity.Visit{Address: "192.0.2.7"})
		if err != nil || s.Step != identity.StepDone {
			p.t.Errorf("%s: the code leads to %q, %v", w.Key, s.Step, err)
		}
	}
	if w.Works && len(w.Memberships) > 0 {
		p.compareMemberships(w, true)
	}
}

// SignedBefore tells whether another row of the same person has signed in already.
func (w truePerson) SignedBefore(p *portal) bool {
	return query[int](p, `SELECT count(*) FROM person WHERE email = $1 AND first_sign_in_at IS NOT NULL`, w.Email)[0] > 0
}

// compareAfterwards: only the password that was typed remains, and it still opens.
func (p *portal) compareAfterwards(people []truePerson) {
	p.t.Helper()
	used := map[string]string{}
	for _, w := range people {
		if !w.Works {
			continue
		}
		_, err := p.signIn(w.EmailInFile, w.Password)
		if first := used[w.Email]; first == "" {
			if used[w.Email] = w.Password; err != nil {
				p.t.Errorf("%s: not in again: %v", w.Key, err)
			}
		} else if first != w.Password && !fault.Is(err, "identity.wrong_password") {
			p.t.Errorf("%s: the other portal's password still opens: %v", w.Key, err)
		}
	}
}

func (p *portal) compareMemberships(w truePerson, in bool) {
	p.t.Helper()
	if len(w.Memberships) == 0 {
		return
	}
	got := query[struct {
		Number, State, Roles string
		Primary              bool
		Org                  string
	}](p, `SELECT CAST(h.number AS TEXT), m.state, COALESCE((SELECT string_agg(r.role, ' ' ORDER BY r.role) FROM membership_role r WHERE r.membership_id = m.id), ''),
			m.is_primary, o.id
		FROM membership m JOIN organisation o ON o.id = m.org_id JOIN organisation h ON h.id = o.root_id JOIN person x ON x.id = m.person_id
		WHERE x.email = $1`, w.Email)
	if len(got) != len(w.Memberships) {
		p.t.Errorf("%s: %d memberships, want %d", w.Key, len(got), len(w.Memberships))
	}
	for _, m := range w.Memberships {
		state := account.Imported
		if in {
			state = account.Active
		}
		if m.Status == "obsolete" {
			state = account.Obsolete
		}
		i := slices.IndexFunc(got, func(g struct {
			Number, State, Roles string
			Primary              bool
			Org                  string
		}) bool {
			return (m.Number == "" || g.Number == m.Number) && g.State == state && g.Primary == m.Primary && g.Roles == strings.Join(m.Roles, " ")
		})
		if i < 0 {
			p.t.Errorf("%s: no membership %+v (%s) among %+v", w.Key, m, state, got)
		}
	}
}

// scanForDigests looks into every cell of every table for a weak hash of the files: none may rest there, in whatever table.
func (p *portal) scanForDigests() {
	p.t.Helper()
	weak := map[string]string{}
	for _, folder := range []string{"admin-portal", "customer-portal"} {
		for id, c := range peopleOf(p.t, filepath.Join("testdata/sample", folder)) {
			switch c["password_scheme"] {
			case "ssha":
				weak[strings.TrimPrefix(c["password_hash"], "{SSHA}")] = folder + " " + id
			case "md5-hex", "sha256-hex", "sha512-hex":
				weak[strings.ToLower(c["password_hash"][strings.LastIndex(c["password_hash"], "$")+1:])] = folder + " " + id
			}
		}
	}
	if len(weak) < 8 {
		p.t.Fatalf("only %d weak hashes in the sample", len(weak))
	}
	wrapped := 0
	p.each(func(table string, cells []string) {
		for _, cell := range cells {
			if table == "credential" && strings.HasPrefix(cell, "wrapped:") {
				wrapped++
			}
			for digest, whose := range weak {
				if strings.Contains(cell, digest) || strings.Contains(strings.ToLower(cell), digest) {
					p.t.Errorf("Attack_IMP_04: the weak hash of %s rests in %s", whose, table)
				}
			}
		}
	})
	if wrapped < 8 {
		p.t.Errorf("only %d wrapped passwords", wrapped)
	}
}
