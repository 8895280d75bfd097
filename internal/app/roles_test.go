package app

import (
	"flag"
	"os"
	"testing"

	"lodge/internal/account"
)

var update = flag.Bool("update", false, "rewrite golden files; read their diff like code")

// TestRoles_golden prints who may what: a change of the table is a change of this file.
func TestRoles_golden(t *testing.T) {
	golden(t, "testdata/roles.txt", Roles.String())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; rewrite it with -update and read the diff:\n%s", file, got)
	}
}

// TestRoles_all_roles_stand_in_the_table, so that none is forgotten when one is added.
func TestRoles_all_roles_stand_in_the_table(t *testing.T) {
	all := append(append(append([]string{""}, account.CustomerRoles...), account.PartnerRoles...), account.VendorRoles...)
	for _, role := range all {
		if _, ok := Roles[role]; !ok {
			t.Errorf("role %q has no row", role)
		}
	}
	if len(Roles) != len(all) {
		t.Errorf("%d rows for %d roles", len(Roles), len(all))
	}
}
