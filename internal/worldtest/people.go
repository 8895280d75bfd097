package worldtest

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Password is everybody's, Secret the vendor's people's second factor.
const (
	Password = "four words that nobody guesses"
	Secret   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

// Visit is where everybody comes from.
var Visit = identity.Visit{Address: "198.51.100.7", Device: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}

type person struct {
	id    string
	email string
	staff bool
}

var password = sync.OnceValues(func() (string, error) { return new(crypt.Hasher).Hash(context.Background(), Password) })

// Program is the program itself, for an organisation ("" for none).
func (w *World) Program(org string) who.Actor {
	a := who.Program("", w.Roles.All())
	if org != "" {
		a.Org = w.Org(org).ID
	}
	return a
}

// Vendor makes Halden Software, organisation 10000.
func (w *World) Vendor() *World {
	return w.make(account.NewOrganisation{Number: 10000, Kind: account.Vendor, Name: "Halden Software", Country: "SE", City: "Göteborg", Language: "en", Email: "desk@halden.example"})
}

// Partner makes a partner with a desk.
func (w *World) Partner(name string) *World {
	return w.make(account.NewOrganisation{Kind: account.Partner, Name: name, Country: "DE", Language: "en", Email: "desk@" + word(name) + ".example"})
}

// Customer makes a customer.
func (w *World) Customer(name string) *World {
	return w.make(account.NewOrganisation{Kind: account.Customer, Name: name, Country: "PL", Language: "en"})
}

// Site makes a site of an organisation; it is known by its town.
func (w *World) Site(of, town string) *World {
	o := w.Org(of)
	return w.made(town, account.NewOrganisation{Kind: o.Kind, Root: o.ID, Name: o.Name, Country: o.Country, City: town, Language: "en"})
}

func (w *World) make(in account.NewOrganisation) *World {
	w.T.Helper()
	return w.made(in.Name, in)
}

func (w *World) made(key string, in account.NewOrganisation) *World {
	w.T.Helper()
	w.Need(w.DB.Write(w.T.Context(), account.Numbers(), func(tx *store.Tx) (err error) {
		w.orgs[key], err = w.Accounts.Make(tx, w.Program(""), in)
		return err
	}))
	return w
}

// Org is an organisation of the world by its name, a site by its town, the vendor by "" too.
func (w *World) Org(name string) account.Organisation {
	w.T.Helper()
	if name == "" {
		name = "Halden Software"
	}
	o, ok := w.orgs[name]
	if !ok {
		w.T.Fatalf("this world has no organisation %q", name)
	}
	return o
}

// Status gives an organisation another status.
func (w *World) Status(name, status string) *World {
	w.T.Helper()
	w.Write(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE organisation SET status = $2 WHERE id = $1`, w.Org(name).ID, status)
		return err
	})
	return w
}

var blank = regexp.MustCompile(`[^a-z0-9]+`)

func word(name string) string { return blank.ReplaceAllString(strings.ToLower(name), "-") }

// Person makes somebody who has been here and works for the organisation with these roles: "anna" of "Kowalski" is Anna Kowalski,
// anna@kowalski.example. A key that the world knows gets one more membership. The vendor's people have the second factor Secret.
func (w *World) Person(key, org string, roles ...string) *World {
	w.T.Helper()
	o := w.Org(org)
	phc, err := password()
	w.Need(err)
	w.Write(func(tx *store.Tx) error {
		p, known := w.people[key]
		if !known {
			made, err := w.Identities.Ensure(tx, identity.Email(key+"@"+word(o.Name)+".example"), strings.ToUpper(key[:1])+key[1:], o.Name, "en")
			if err != nil {
				return err
			}
			if err := w.Identities.Admit(tx, made.ID, phc); err != nil {
				return err
			}
			p = person{id: made.ID, email: made.Email}
		}
		p.staff = p.staff || o.Kind == account.Vendor
		w.people[key] = p
		return w.Accounts.Join(tx, w.Program(org), p.id, o.ID, account.Active, !known, roles...)
	})
	return w
}

// Nobody makes a person who has been here and belongs to no organisation: key@elsewhere.example.
func (w *World) Nobody(key string) *World {
	w.T.Helper()
	phc, err := password()
	w.Need(err)
	w.Write(func(tx *store.Tx) error {
		made, err := w.Identities.Ensure(tx, identity.Email(key+"@elsewhere.example"), strings.ToUpper(key[:1])+key[1:], "Elsewhere", "en")
		if err != nil {
			return err
		}
		w.people[key] = person{id: made.ID, email: made.Email}
		return w.Identities.Admit(tx, made.ID, phc)
	})
	return w
}

// Acts lets the partner act for the customer with these roles, from a hundred days ago for a year.
func (w *World) Acts(partner, customer string, roles ...string) *World {
	w.T.Helper()
	now := w.Clock.Now()
	return w.ActsFrom(partner, customer, now.AddDate(0, 0, -100).Format(time.DateOnly), now.AddDate(1, 0, -100).Format(time.DateOnly), roles...)
}

// ActsFrom is Acts with the first and the last day.
func (w *World) ActsFrom(partner, customer, from, until string, roles ...string) *World {
	w.T.Helper()
	w.Write(func(tx *store.Tx) error {
		_, err := w.Accounts.GivePartnership(tx, w.Program(customer), account.NewPartnership{Partner: w.Org(partner).ID, Customer: w.Org(customer).ID,
			GivenBy: "vendor", Roles: roles, From: from, Until: until})
		return err
	})
	return w
}

// ID and Email are those of one of the world's people.
func (w *World) ID(key string) string    { return w.someone(key).id }
func (w *World) Email(key string) string { return w.someone(key).email }

func (w *World) someone(key string) person {
	w.T.Helper()
	p, ok := w.people[key]
	if !ok {
		w.T.Fatalf("this world has nobody called %q", key)
	}
	return p
}

// SignIn starts a session of its own, with every step, and gives the cookie's token.
func (w *World) SignIn(key string) (token string) { return w.SignInWith(key, Password) }

// SignInWith is SignIn with another password.
func (w *World) SignInWith(key, password string) (token string) {
	w.T.Helper()
	p := w.someone(key)
	if p.staff {
		w.Write(func(tx *store.Tx) error { return w.Identities.Enrol(tx, p.id, Secret, 0) })
	}
	out, err := w.Identities.SignIn(w.T.Context(), p.email, password, Visit)
	w.Need(err)
	if out.Step == identity.StepTOTP {
		out, err = w.Identities.TOTP(w.T.Context(), out.Token, w.Code(), Visit)
		w.Need(err)
	}
	if out.Step != identity.StepDone {
		w.T.Fatalf("the sign-in of %s still misses %q", key, out.Step)
	}
	return out.Token
}

// Code is the second factor's at this moment.
func (w *World) Code() string {
	w.T.Helper()
	code, err := totp.Code(Secret, totp.Step(w.Clock.Now()))
	w.Need(err)
	return code
}

// Actor is one of the world's people as the router makes him of a session and an address: for an own organisation, or
// for a customer of it; on personal pages without any. What the person may not see stops the test.
func (w *World) Actor(key string, place ...string) who.Actor {
	w.T.Helper()
	a, err := w.Resolve(key, place...)
	if err != nil {
		w.T.Fatalf("%s at %v: %v", key, place, err)
	}
	return a
}

// Resolve is Actor with the error.
func (w *World) Resolve(key string, place ...string) (who.Actor, error) {
	w.T.Helper()
	if w.tokens[key] == "" {
		w.tokens[key] = w.SignIn(key)
	}
	return w.ResolveToken(w.tokens[key], place...)
}

// ResolveToken is Resolve for a session of the test's.
func (w *World) ResolveToken(token string, place ...string) (who.Actor, error) {
	w.T.Helper()
	q := account.Asked{Token: token, Address: Visit.Address}
	if len(place) > 0 {
		q.Number = w.Org(place[0]).Number
	}
	if len(place) > 1 {
		q.Customer = w.Org(place[1]).Number
	}
	return w.Accounts.Resolve(w.T.Context(), q)
}
