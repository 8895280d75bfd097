package importer

import (
	"slices"
	"testing"
)

// totals are what the two old portals leave behind, as far as this version takes it.
type totals struct {
	Organisations, Sites, People, Memberships, Relations, Products, Licences, Entitlements, Downloads int

	Contracts  int            `json:"support_contracts"`
	ByStatus   map[string]int `json:"memberships_by_status"`
	BySignIn   map[string]int `json:"people_by_sign_in"`
	Passwords  int            `json:"people_with_password"`
	Leaderless []string       `json:"without_administrator"`
}

func (m *memory) compare(t *testing.T, want totals) {
	t.Helper()
	for file, n := range map[string]int{
		Organisations: want.Organisations, Sites: want.Sites, People: want.People, Memberships: want.Memberships,
		Relations: want.Relations, Products: want.Products, Licences: want.Licences, SupportContracts: want.Contracts,
		Entitlements: want.Entitlements, Downloads: want.Downloads,
	} {
		if got := len(m.of(file)); got != n {
			t.Errorf("%s: %d things, want %d", file, got, n)
		}
	}
	byStatus := map[string]int{}
	led := map[string]bool{}
	for _, x := range m.of(Memberships) {
		mm := MergeMembers(x.members())
		byStatus[mm.Status]++
		if mm.Status != "obsolete" && slices.Contains(mm.Roles, "security-administrator") && x.by[0].row.Text("site_id") == "" {
			led[x.by[0].d.Refs["organisation_id"]] = true
		}
	}
	for s, n := range want.ByStatus {
		if byStatus[s] != n {
			t.Errorf("%d %s memberships, want %d", byStatus[s], s, n)
		}
	}
	bySignIn, passwords := map[string]int{}, 0
	for _, p := range m.of(People) {
		way, usable := p.signIn()
		bySignIn[way]++
		if usable > 0 {
			passwords++
		}
	}
	for s, n := range want.BySignIn {
		if bySignIn[s] != n {
			t.Errorf("%d people sign in by %s, want %d", bySignIn[s], s, n)
		}
	}
	if passwords != want.Passwords {
		t.Errorf("%d people with a password, want %d", passwords, want.Passwords)
	}
	var leaderless []string
	for _, o := range m.of(Organisations) {
		if !led[o.id] {
			leaderless = append(leaderless, o.by[0].row.Text("number"))
		}
	}
	if !slices.Equal(leaderless, want.Leaderless) {
		t.Errorf("without administrator: %v, want %v", leaderless, want.Leaderless)
	}
}

func (x *thing) members() []Member {
	var all []Member
	for _, k := range x.by {
		all = append(all, Member{k.known.Made, k.row.Text("status"), k.d.Roles, k.row.Text("since"), k.row.Text("until")})
	}
	return all
}

// signIn is FORMAT §3 over the rows that mean a person.
func (x *thing) signIn() (way string, usable int) {
	verified, disabled := true, false
	for _, k := range x.by {
		verified = verified && k.row.Text("email_verified_at") != ""
		disabled = disabled || k.row.Text("status") == "disabled"
		if k.known.Usable {
			usable++
		}
	}
	switch {
	case disabled:
		return "no", usable
	case usable == 0:
		return "reset", usable
	case usable == 1 && verified:
		return "direct", usable
	}
	return "mailbox", usable
}

// truePerson is somebody whose old password is known.
type truePerson struct {
	Key, Source string
	SourceID    string `json:"source_id"`
	Email       string
	EmailInFile string `json:"email_in_file"`
	Scheme      string
	Password    string
	Works       bool   `json:"password_works"`
	SignIn      string `json:"sign_in"`
	Memberships []struct {
		Number, Status string
		Roles          []string
		Primary        bool
	}
}

func (m *memory) comparePeople(t *testing.T, want []truePerson) {
	t.Helper()
	for _, w := range want {
		k := m.rows[w.Source][RowKey{People, w.SourceID}]
		if k == nil {
			if w.Email != "" && w.SignIn != "" {
				t.Errorf("%s: %s of %s is not there (%+v)", w.Key, w.SourceID, w.Source, w)
			}
			continue
		}
		p := m.things[k.known.Target]
		if way, _ := p.signIn(); way != w.SignIn {
			t.Errorf("%s: signs in by %s, want %s", w.Key, way, w.SignIn)
		}
		if got := p.by[0].row.Text("email"); got != w.Email {
			t.Errorf("%s: %s, want %s", w.Key, got, w.Email)
		}
		own := m.membershipsOf(p.id)
		if len(own) != len(w.Memberships) {
			t.Errorf("%s: %d memberships, want %d", w.Key, len(own), len(w.Memberships))
		}
		for _, x := range w.Memberships {
			if !slices.ContainsFunc(own, func(o seen) bool {
				return (x.Number == "" || o.number == x.Number) && o.Status == x.Status && o.primary == x.Primary && slices.Equal(slices.Sorted(slices.Values(o.Roles)), x.Roles)
			}) {
				t.Errorf("%s: no membership %+v among %+v", w.Key, x, own)
			}
		}
	}
}

// seen is a membership as a person sees it.
type seen struct {
	Member
	id, number string
	primary    bool
}

func (m *memory) membershipsOf(person string) []seen {
	var own []seen
	primary := ""
	for _, x := range m.of(Memberships) {
		if x.by[0].d.Refs["person_id"] != person {
			continue
		}
		mm := MergeMembers(x.members())
		own = append(own, seen{mm, x.id, m.things[x.by[0].d.Refs["organisation_id"]].by[0].row.Text("number"), false})
		f := m.membership(x)
		if len(f.Claims) > 0 && len(f.Obsolete) == 0 {
			primary = x.id
		}
	}
	for i := range own {
		if primary == "" && own[i].Status != "obsolete" {
			primary = own[i].id
		}
		own[i].primary = own[i].id == primary
	}
	return own
}
