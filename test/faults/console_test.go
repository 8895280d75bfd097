package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/platform/store"
)

// console is an installation without portal: only commands are run.
type console struct {
	t      *testing.T
	config app.Config
}

func newConsole(t *testing.T, database string) *console {
	return &console{t, config(t.TempDir(), database, "127.0.0.1:1", "smtp://127.0.0.1:1?tls=none")}
}

// run runs a command in a process of its own and gives the points that it passed; killed tells whether it died at kill.
func (c *console) run(o orders, kill string) (passed []string, killed bool) {
	c.t.Helper()
	o.Config, o.KillAt = c.config, kill
	cmd := ordered(c.t, o)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState.ExitCode() == -1 {
		return nil, true
	}
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", o.Do, err, errs.String())
	}
	var all map[string][]string
	if err := json.Unmarshal(out.Bytes(), &all); err != nil {
		c.t.Fatal(err)
	}
	return all["command"], false
}

// opened runs f with the installation as a command has it.
func (c *console) opened(f func(a *app.App)) {
	c.t.Helper()
	a, err := app.Open(c.t.Context(), c.config)
	if err != nil {
		c.t.Fatal(err)
	}
	defer a.Close(c.t.Context())
	f(a)
}

// TestAttack_OPS_01: lodge init, killed at any point, has made a vendor whole or nothing.
func TestAttack_OPS_01_init_killed_at_each_point_makes_one_vendor(t *testing.T) {
	t.Parallel()
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passed, _ := newConsole(t, e.database(t)).run(orders{Do: "init"}, nowhere)
			done := slices.Index(passed, "store.committed")
			if done < 5 {
				t.Fatalf("lodge init passes %v", passed)
			}
			for n := range passed {
				if passed[n] == "store.statement" && n%e.every != 0 {
					continue
				}
				t.Run(fmt.Sprintf("%d_%s", n+1, passed[n]), func(t *testing.T) {
					c := newConsole(t, e.database(t))
					if _, killed := c.run(orders{Do: "init"}, fmt.Sprint("command ", n+1)); !killed {
						t.Fatal("the point was never reached")
					}
					c.opened(func(a *app.App) {
						_, _, err := a.Accounts.Init(t.Context(), account.NewVendor{Name: "Halden Software", Country: "SE"})
						if again := errors.Is(err, account.ErrInitialised); again != (n >= done) || err != nil && !again {
							t.Errorf("run again: %v", err)
						}
						// Whoever has not read the link invites himself.
						in := account.NewContact{FirstName: "Karin", LastName: "Dahl", Email: "karin@halden.example", Role: account.Operator}
						if err := a.InviteFromConsole(t.Context(), 10000, in); err != nil {
							t.Errorf("invite: %v", a.Said(err))
						}
						for what, q := range map[string]string{
							"vendor": `SELECT count(*) FROM organisation`,
							"link":   `SELECT count(*) FROM proof WHERE purpose = 'operator' AND used_at IS NULL`,
							"event":  `SELECT count(*) FROM event WHERE name = 'account.organisation_made'`,
						} {
							if n := number(t, a.Store, q); n != 1 {
								t.Errorf("%d × %s", n, what)
							}
						}
					})
					whole(t, c.config.Database)
				})
			}
		})
	}
}

func number(t *testing.T, db *store.DB, q string) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One[int](tx, q)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// imported are the tables that an import fills. How many events come of it depends on how its rows fall into batches.
var imported = []string{"organisation", "person", "membership", "membership_role", "linked_identity", "credential", "product", "product_of_org",
	"support_contract", "entitlement", "licence", "partnership", "partnership_role", "scope", "import_row"}

// TestAttack_OPS_01: an import that was killed and is run again has taken over what one would have that nobody killed, and
// every row once.
func TestAttack_OPS_01_and_IMP_08_import_killed_at_its_points_completes(t *testing.T) {
	t.Parallel()
	from, err := filepath.Abs("../../internal/importer/testdata/sample/admin-portal")
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := func(t *testing.T) *console {
				c := newConsole(t, e.database(t))
				c.run(orders{Do: "init"}, nowhere)
				return c
			}
			take := orders{Do: "import", From: from, To: filepath.Join(t.TempDir(), "report.csv")}
			c := begin(t)
			passed, _ := c.run(take, nowhere)
			want := c.counts()
			if len(passed) < 100 || want["import_row"] < 20 {
				t.Fatalf("%d points, %v", len(passed), want)
			}
			// Batches are as long as the machine is quick, so the last points are not always reached.
			tried := []int{slices.Index(passed, "store.commit"), slices.Index(passed, "store.committed"), len(passed) / 4, len(passed) / 2, len(passed) * 3 / 4}
			for _, n := range tried[:len(tried)-e.every/4] {
				t.Run(fmt.Sprintf("%d_%s", n+1, passed[n]), func(t *testing.T) {
					c := begin(t)
					if _, killed := c.run(take, fmt.Sprint("command ", n+1)); !killed {
						t.Fatal("the point was never reached")
					}
					c.run(take, nowhere)
					if got := c.counts(); !reflect.DeepEqual(got, want) {
						t.Errorf("killed and run again: %v\nnever killed: %v", got, want)
					}
					whole(t, c.config.Database)
				})
			}
		})
	}
}

func (c *console) counts() map[string]int {
	all := map[string]int{}
	c.opened(func(a *app.App) {
		for _, table := range imported {
			all[table] = number(c.t, a.Store, "SELECT count(*) FROM "+table)
		}
	})
	return all
}
