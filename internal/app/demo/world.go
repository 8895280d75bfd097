// Package demo makes the demo world: every kind of organisation and person, through the same steps as real data, with
// dates relative to its start. All names are invented.
package demo

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"time"

	"lodge/internal/account"
	"lodge/internal/app"
	"lodge/internal/identity"
	"lodge/internal/partner"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// World is what the demo tells: the file of --json.
type World struct {
	BaseURL       string                  `json:"base_url"`
	Organisations map[string]Organisation `json:"organisations"`
	People        []Person                `json:"people"`
	Products      map[string]string       `json:"products"`
	ProductTypes  map[string]string       `json:"product_types"`
	Tokens        map[string]string       `json:"tokens"`
	Licences      map[string]any          `json:"licences"`
	Licensing     map[string]any          `json:"licensing"`

	orgs    map[string]account.Organisation
	people  map[string]string // id by key
	Example string            `json:"-"` // number of a request with a whole story
	today   time.Time
}

// Organisation is one of the world's.
type Organisation struct {
	Number int64  `json:"number"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
}

// Person can sign in.
type Person struct {
	Key          string `json:"key"`
	Name         string `json:"name"`
	Email        string `json:"email"`
	Password     string `json:"password"`
	TOTPSecret   string `json:"totp_secret,omitempty"`
	Organisation string `json:"organisation"` // key
}

// organisations of the world: key, then what Make needs; a site names its organisation's key.
var organisations = []struct {
	key, site string
	account.NewOrganisation
}{
	{"vendor", "", account.NewOrganisation{Number: 10000, Kind: account.Vendor, Name: "Halden Software", Country: "SE", City: "Uppsala", Language: "en", Email: "support@halden.example"}},
	{"partner", "", account.NewOrganisation{Number: 10010, Kind: account.Partner, Name: "Brightwater Systems", Country: "GB", City: "Leeds", Language: "en", Email: "desk@brightwater.example"}},
	{"other-partner", "", account.NewOrganisation{Number: 10011, Kind: account.Partner, Name: "Lagarde Conseil", Country: "FR", City: "Nantes", Language: "fr", Email: "bureau@lagarde-conseil.example"}},
	{"customer", "", account.NewOrganisation{Number: 20417, Kind: account.Customer, Name: "Kowalski Maszyny", Country: "PL", Street: "ul. Polna 3", Postcode: "90-001", City: "Łódź", Language: "en", Reference: "CRM/88"}},
	{"customer-site", "customer", account.NewOrganisation{Number: 20418, Kind: account.Customer, Name: "Kowalski Maszyny", Country: "PL", City: "Poznań", Language: "pl"}},
	{"other-customer", "", account.NewOrganisation{Number: 20500, Kind: account.Customer, Name: "Dubois Mécanique", Country: "FR", City: "Lyon", Language: "fr"}},
	{"expired-customer", "", account.NewOrganisation{Number: 20600, Kind: account.Customer, Name: "Talleres Serrano", Country: "ES", City: "Burgos", Language: "es"}},
}

// people of the world: key, names, address, organisation, roles.
var people = []struct {
	key, first, last, email, org string
	roles                        []string
}{
	{"customer-admin", "Anna", "Kowalska", "anna.kowalska@kowalski-maszyny.example", "customer", []string{account.SecurityAdministrator, account.LicenceSupervisor}},
	{"customer-member", "Marek", "Lis", "marek.lis@kowalski-maszyny.example", "customer", nil},
	{"customer-support", "Piotr", "Zieliński", "piotr.zielinski@kowalski-maszyny.example", "customer", []string{account.SupportRestricted}},
	{"customer-support-2", "Ewa", "Nowicka", "ewa.nowicka@kowalski-maszyny.example", "customer", []string{account.SupportRestricted}},
	{"support-advanced", "Jan", "Wrona", "jan.wrona@kowalski-maszyny.example", "customer", []string{account.SupportAdvanced}},
	{"support-admin", "Zofia", "Mazur", "zofia.mazur@kowalski-maszyny.example", "customer", []string{account.SupportAdministrator}},
	{"licence-supervisor", "Adam", "Sowa", "adam.sowa@kowalski-maszyny.example", "customer", []string{account.LicenceSupervisor}},
	{"licensing", "Olga", "Kania", "olga.kania@kowalski-maszyny.example", "customer", []string{account.Licensing}},
	{"reporting", "Tomasz", "Gil", "tomasz.gil@kowalski-maszyny.example", "customer", []string{account.Reporting}},
	{"two-numbers", "Irena", "Bocian", "irena.bocian@kowalski-maszyny.example", "customer", []string{account.SupportAdvanced}},
	{"other-customer-admin", "Claire", "Dubois", "claire.dubois@dubois-mecanique.example", "other-customer", []string{account.SecurityAdministrator, account.LicenceSupervisor, account.SupportAdvanced}},
	{"expired-customer-support", "Elena", "Serrano", "elena.serrano@talleres-serrano.example", "expired-customer", []string{account.SupportAdvanced}},
	{"partner-operator", "Tom", "Marsh", "tom.marsh@brightwater.example", "partner", []string{account.PartnerOperator, account.SupportAdvanced, account.SecurityAdministrator}},
	{"partner-billing", "Nora", "Field", "nora.field@brightwater.example", "partner", []string{account.PartnerBilling}},
	{"other-partner", "Luc", "Lagarde", "luc.lagarde@lagarde-conseil.example", "other-partner", []string{account.PartnerOperator, account.SupportAdvanced, account.SecurityAdministrator}},
	{"helpdesk", "Ingrid", "Berg", "ingrid.berg@halden.example", "vendor", []string{account.Helpdesk}},
	{"licensing-desk", "Erik", "Sund", "erik.sund@halden.example", "vendor", []string{account.LicensingDesk}},
	{"release-manager", "Maja", "Holm", "maja.holm@halden.example", "vendor", []string{account.ReleaseManager}},
	{"billing-desk", "Nils", "Ek", "nils.ek@halden.example", "vendor", []string{account.BillingDesk}},
	{"operator", "Karin", "Dahl", "karin.dahl@halden.example", "vendor", []string{account.Operator, account.SecurityAdministrator}},
}

// Make fills an empty, migrated database. It takes a few seconds.
func Make(ctx context.Context, a *app.App) (World, error) {
	w := World{Organisations: map[string]Organisation{}, Products: map[string]string{}, ProductTypes: map[string]string{}, Tokens: map[string]string{},
		Licences: map[string]any{}, Licensing: map[string]any{}, orgs: map[string]account.Organisation{}, people: map[string]string{}}
	hashes := map[string]string{}
	for _, p := range people {
		phc, err := a.Identities.Hasher.Hash(ctx, password(p.key))
		if err != nil {
			return w, err
		}
		hashes[p.key] = phc
	}
	err := a.Store.Write(ctx, account.Numbers(), func(tx *store.Tx) error {
		w.today = tx.Now.In(clock.Place(account.ZoneOf(organisations[0].Country))) // days are the vendor's: at 23:00 in UTC it is tomorrow there
		if err := w.makeOrganisations(tx, a); err != nil {
			return err
		}
		if err := w.makePeople(tx, a, hashes); err != nil {
			return err
		}
		return w.makePartnerships(tx, a)
	})
	if err != nil {
		return w, fmt.Errorf("demo world: %w", err)
	}
	if err := w.makeContents(ctx, a); err != nil {
		return w, fmt.Errorf("demo world: %w", err)
	}
	if err := w.makeCustomers(ctx, a); err != nil {
		return w, fmt.Errorf("demo world: %w", err)
	}
	_, err = a.Partners.Ask(ctx, w.actor("other-partner", "other-partner"), partner.Wish{Number: w.orgs["other-customer"].Number, Months: 12,
		Roles: []string{account.SupportAdvanced, account.Licensing}, Reason: "We install and look after your presses, and would like to ask the vendor for you."})
	if err != nil {
		return w, fmt.Errorf("demo world: %w", err)
	}
	if err := w.makeTokens(ctx, a); err != nil {
		return w, fmt.Errorf("demo world: %w", err)
	}
	if err := w.makeWebsites(ctx, a); err != nil {
		return w, fmt.Errorf("demo world: %w", err)
	}
	if err := w.makeDomains(ctx, a); err != nil {
		return w, fmt.Errorf("demo world: %w", err)
	}
	if err := w.makeImport(ctx, a); err != nil {
		return w, fmt.Errorf("demo world: import: %w", err)
	}
	if err := a.Blobs.Sweep(ctx); err != nil { // the export is gone, as after an hour
		return w, fmt.Errorf("demo world: %w", err)
	}
	return w, nil
}

func program(org string) who.Actor { return who.Program(org, app.Roles.All()) }

func (w *World) makeOrganisations(tx *store.Tx, a *app.App) error {
	for _, o := range organisations {
		if o.site != "" {
			o.Root = w.orgs[o.site].ID
		}
		made, err := a.Accounts.Make(tx, program(""), o.NewOrganisation)
		if err != nil {
			return err
		}
		w.orgs[o.key] = made
		w.Organisations[o.key] = Organisation{made.Number, made.Name, made.Kind}
	}
	return nil
}

func (w *World) makePeople(tx *store.Tx, a *app.App, hashes map[string]string) error {
	for _, p := range people {
		email, err := identity.ParseEmail(p.email)
		if err != nil {
			return err
		}
		made, err := a.Identities.Ensure(tx, email, p.first, p.last, "en")
		if err != nil {
			return err
		}
		if err := a.Identities.Admit(tx, made.ID, hashes[p.key]); err != nil {
			return err
		}
		if err := a.Accounts.Join(tx, program(w.orgs[p.org].ID), made.ID, w.orgs[p.org].ID, account.Active, true, p.roles...); err != nil {
			return err
		}
		shown := Person{Key: p.key, Name: p.first + " " + p.last, Email: p.email, Password: password(p.key), Organisation: p.org}
		if p.org == "vendor" {
			shown.TOTPSecret = secret(p.key)
			if err := a.Identities.Enrol(tx, made.ID, shown.TOTPSecret, totp.Step(tx.Now)-2); err != nil {
				return err
			}
		}
		w.people[p.key] = made.ID
		w.People = append(w.People, shown)
	}
	site := w.orgs["customer-site"].ID
	return a.Accounts.Join(tx, program(site), w.people["two-numbers"], site, account.Active, false, account.SupportAdvanced, account.Reporting)
}

func (w *World) makePartnerships(tx *store.Tx, a *app.App) error {
	day := func(years, days int) string { return w.today.AddDate(years, 0, days).Format(time.DateOnly) }
	customer := w.orgs["customer"].ID
	_, err := a.Accounts.GivePartnership(tx, program(customer), account.NewPartnership{Partner: w.orgs["partner"].ID, Customer: customer, GivenBy: "customer",
		Roles: []string{account.PartnerOperator, account.SupportAdvanced}, From: day(0, -200), Until: day(1, 0)})
	return err
}

// password is one that nobody would take for a secret.
func password(key string) string { return "demo password " + key }

// secret is a fixed TOTP secret per person of the vendor.
func secret(key string) string {
	b := []byte("lodge demo " + key + "....................")[:20]
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// Print says who can sign in.
func (w World) Print(out io.Writer) {
	fmt.Fprintf(out, "\nThe demo world answers at %s\n\n", w.BaseURL)
	fmt.Fprintf(out, "%-22s %-42s %-34s %s\n", "who", "e-mail", "password", "second factor (TOTP secret)")
	for _, p := range w.People {
		fmt.Fprintf(out, "%-22s %-42s %-34s %s\n", p.Key, p.Email, p.Password, p.TOTPSecret)
	}
	fmt.Fprintf(out, "\nMail that the portal sends: %s/-/mail   All components: %s/-/gallery\n", w.BaseURL, w.BaseURL)
}
