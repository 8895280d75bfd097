package account

import "testing"

func TestAnImportChangesOfAMembershipWhatLodgeHasLeftAsItWas(t *testing.T) {
	a := func(obsolete bool, until string, roles ...string) Brought { return Brought{obsolete, roles, "", until} }
	for _, c := range []struct {
		name     string
		held     Held
		made     bool
		was, now Brought
		state    string
		roles    string
		until    string
	}{
		{"roles follow", Held{State: Imported, RoleNames: "licensing"}, true, a(false, "", "licensing"), a(false, "", "reporting"), Imported, "reporting", ""},
		{"roles changed here stay", Held{State: Active, SignedIn: true, RoleNames: "reporting"}, true, a(false, "", "licensing", "reporting"), a(false, "", "licensing"), Active, "reporting", ""},
		{"obsolete there", Held{State: Active, SignedIn: true}, true, a(false, ""), a(true, ""), Obsolete, "", ""},
		{"and again not", Held{State: Obsolete, SignedIn: true}, true, a(true, ""), a(false, ""), Active, "", ""},
		{"ended here stays ended", Held{State: Obsolete, SignedIn: true}, true, a(false, ""), a(false, "2030-01-01"), Obsolete, "", "2030-01-01"},
		{"days changed here stay", Held{State: Imported, Until: "2027-01-01"}, true, a(false, ""), a(false, "2030-01-01"), Imported, "", "2027-01-01"},
		{"made here grows", Held{State: Active, SignedIn: true, RoleNames: "licensing", Until: "2027-01-01"}, false, a(false, ""), a(true, "2030-01-01", "reporting"), Active, "licensing reporting", "2027-01-01"},
		{"made here keeps its own", Held{State: Active, SignedIn: true, RoleNames: "licensing reporting"}, false, a(false, "", "reporting"), a(false, ""), Active, "licensing", ""},
		{"invited here waits no longer", Held{State: Invited}, false, a(false, ""), a(false, "", "reporting"), Imported, "reporting", ""},
		{"withdrawn here stays so", Held{State: Withdrawn}, false, a(false, ""), a(false, ""), Withdrawn, "", ""},
	} {
		got := c.held.Merge(c.made, c.was, c.now)
		if got.State != c.state || got.RoleNames != c.roles || got.Until != c.until {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
