// Package worldtest builds small worlds for tests: organisations, people who belong to them with roles, partnerships, and actors
// as the router makes them, from real sessions. A world is a sentence:
//
//	w := worldtest.New(t, db).Vendor().Partner("Brightwater").Customer("Kowalski").
//		Person("anna", "Kowalski", account.SecurityAdministrator).Acts("Brightwater", "Kowalski", account.SupportAdvanced)
//	anna := w.Actor("anna", "Kowalski")
//
// Everything is made through the same steps as real data. Nothing is shared between tests.
package worldtest

import (
	"context"
	"encoding/base64"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// BaseURL is the configured address of every world; Host is its host.
const (
	BaseURL = "https://portal.example.test"
	Host    = "portal.example.test"
)

// World is a portal without pages: people and organisations over one database.
type World struct {
	T          testing.TB
	DB         *store.DB
	Clock      *clock.Fake // of DB
	Events     *event.Log
	Keys       *crypt.Keys
	Jobs       *job.Queue
	Office     *mail.Office
	Catalogue  *lang.Catalogue
	Roles      who.Table // of account's rights; add those of the package under test
	Identities *identity.Identities
	Accounts   *account.Accounts
	Company    func(http.ResponseWriter, *http.Request, identity.Email, string) (bool, error) // of the sign-in page; nil: no company has its own

	orgs    map[string]account.Organisation // by name
	people  map[string]person
	tokens  map[string]string // of the session that Actor uses, by person
	letters mail.Capture
	working sync.Once
}

// New wires identity and account over the database, whose clock must be a Fake, as storetest's is. texts are the catalogues of further packages.
func New(t testing.TB, db *store.DB, texts ...fs.FS) *World {
	t.Helper()
	w := &World{T: t, DB: db, Events: &event.Log{}, Roles: roles(), orgs: map[string]account.Organisation{}, people: map[string]person{}, tokens: map[string]string{}}
	var ok bool
	if w.Clock, ok = db.Clock.(*clock.Fake); !ok {
		t.Fatal("the database has no clock of the test's")
	}
	var err error
	w.Keys, err = crypt.LoadOrMake(filepath.Join(t.TempDir(), "key"))
	w.Need(err)
	w.Catalogue, err = lang.New(append([]fs.FS{identity.Lang, account.Lang}, texts...)...)
	w.Need(err)
	w.Jobs, err = job.New(db, slog.New(slog.DiscardHandler))
	w.Need(err)
	w.Office = &mail.Office{DB: db, Jobs: w.Jobs, Keys: w.Keys, Catalogue: w.Catalogue, Sender: &w.letters, From: "portal@halden.example", FromName: "Halden Software"}
	hasher := &crypt.Hasher{Wait: time.Minute}
	w.Identities = &identity.Identities{Store: db, Events: w.Events, Hasher: hasher, Keys: w.Keys, Limits: &limit.Limits{DB: db}, Jobs: w.Jobs, Office: w.Office,
		BaseURL: BaseURL, Staff: account.Staff, MustFactor: account.MustFactor, Companies: account.Companies, Vendor: func(tx *store.Tx) (string, error) {
			v, _, err := account.VendorOf(tx)
			return v.Name, err
		}}
	w.Accounts = &account.Accounts{Store: db, Events: w.Events, Identities: w.Identities, Hasher: hasher, Office: w.Office, Roles: w.Roles, BaseURL: BaseURL}
	w.Events.Reactions = map[string][]event.Reaction{identity.SignedIn{}.EventName(): {w.Accounts.OnSignIn},
		identity.EmailChanged{}.EventName(): {w.Accounts.OnEmailChanged}}
	return w
}

// On is the same world seen from another process: other handles, same database and keys.
func (w *World) On(db *store.DB) *World {
	other := New(w.T, db)
	other.Keys = w.Keys
	other.Identities.Keys, other.Office.Keys = w.Keys, w.Keys
	other.orgs, other.people = w.orgs, w.people
	return other
}

// roles is account's part of the table of rights.
func roles() who.Table {
	return who.Table{
		"":                            {account.ViewHome, account.ViewEvents},
		account.SupportAdvanced:       {account.ViewContacts},
		account.SupportAdministrator:  {account.ViewContacts, account.Invite},
		account.SecurityAdministrator: {account.ViewContacts, account.Invite, account.GrantRoles, account.ViewAllEvents},
		account.LicenceSupervisor:     {account.ViewContacts, account.GrantLicence},
		account.Helpdesk:              {account.EnterCustomers, account.ViewContacts, account.Invite, account.GrantRoles, account.ViewAllEvents},
		account.LicensingDesk:         {account.EnterCustomers, account.ViewContacts, account.GrantLicence},
		account.BillingDesk:           {account.EnterCustomers, account.ViewContacts},
		account.Operator: {account.EnterCustomers, account.ViewContacts, account.Invite, account.GrantRoles, account.GrantLicence, account.GrantVendor,
			account.ViewAllEvents},
	}
}

// Need stops the test at an error.
func (w *World) Need(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Write runs a step.
func (w *World) Write(f func(tx *store.Tx) error) {
	w.T.Helper()
	w.Need(w.DB.Write(context.WithoutCancel(w.T.Context()), store.Free, f))
}

// Read looks something up.
func (w *World) Read(f func(tx *store.Tx) error) {
	w.T.Helper()
	w.Need(w.DB.Read(w.T.Context(), f))
}

// Count is the number that a statement selects.
func (w *World) Count(q string, args ...any) (n int) {
	w.T.Helper()
	w.Read(func(tx *store.Tx) (err error) {
		n, err = store.One[int](tx, q, args...)
		return err
	})
	return n
}

// Letters are those to an address, the newest first, after all jobs that wait have run.
func (w *World) Letters(to string) (all []mail.Captured) {
	w.T.Helper()
	w.working.Do(w.work)
	for end := time.Now().Add(20 * time.Second); w.Count(`SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`) > 0; {
		if time.Now().After(end) {
			w.T.Fatal("jobs are still waiting")
		}
		time.Sleep(5 * time.Millisecond)
	}
	for _, l := range w.letters.All() {
		if to == "" || l.To == to {
			all = append(all, l)
		}
	}
	return all
}

// Letter is the newest letter to an address; there must be one.
func (w *World) Letter(to string) mail.Captured {
	w.T.Helper()
	all := w.Letters(to)
	if len(all) == 0 {
		w.T.Fatalf("no letter to %s", to)
	}
	return all[0]
}

// Posted reads the letters to an address that were written and not sent yet, the newest first: nothing runs for it.
func (w *World) Posted(to string) (texts []string) {
	w.T.Helper()
	var sealed []string
	w.Read(func(tx *store.Tx) (err error) {
		sealed, err = store.Query[string](tx, `SELECT sealed FROM mail WHERE to_address = $1 AND sealed <> '' ORDER BY id DESC`, to)
		return err
	})
	for _, s := range sealed {
		b, err := base64.StdEncoding.DecodeString(s)
		w.Need(err)
		text, err := w.Keys.Open("mail", b)
		w.Need(err)
		texts = append(texts, string(text))
	}
	return texts
}

func (w *World) work() {
	w.T.Helper()
	w.Office.Work()
	w.Identities.Work()
	w.Need(w.Jobs.Start(context.WithoutCancel(w.T.Context())))
	w.T.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		w.Jobs.Stop(ctx)
	})
}
