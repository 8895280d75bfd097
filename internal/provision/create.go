package provision

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// Create makes a customer: organisation, partnership with the partner that makes it, subscription, and its first person, who is invited at once. All of it or
// nothing. It gives the customer's number.
//
// The actor needs CreateCustomers at a partner's or the vendor's own number; NotFound elsewhere. Invalid at name, product_type, country, language, reference,
// notes, trial, trial_days, trial_until, primary_user.first_name, .last_name, .email, and at accept_charges with code provision.charges if it costs
// and that was not accepted; Conflict of code provision.name_taken if one of the reseller's customers has the name, in whatever case, blanks and Unicode form.
func (s *Provisions) Create(ctx context.Context, a who.Actor, in NewCustomer) (number string, err error) {
	if err := cmp.Or(a.Must(CreateCustomers), sells(a)); err != nil {
		return "", err
	}
	in.Details = in.Details.tidy()
	err = s.Store.Write(ctx, in.keys(), func(tx *store.Tx) error {
		number, err = once.Do(tx, a, "provision.create", in, func() (string, error) { return s.create(tx, a, in, "primary_user.") })
		return err
	})
	return number, taken(err, in.Name)
}

// keys are what making a customer decides about: the next number, the person, the product type.
func (in NewCustomer) keys() store.Keys {
	k := account.Numbers().And(subscription.Lock(in.ProductType))
	if email, err := identity.ParseEmail(in.User.Email); err == nil {
		k = k.And(store.Lock("email", string(email)))
	}
	return k
}

// create is the step behind Create and Finish. prefix is what fields of the first person are called with.
func (s *Provisions) create(tx *store.Tx, a who.Actor, in NewCustomer, prefix string) (number string, err error) {
	r, err := reseller(tx, a)
	if err != nil {
		return "", err
	}
	var c fault.Check
	in.Details.check(&c)
	in.Details.need(&c)
	t, err := subscription.NeedOffered(tx, &c, r.shop(in.Country), in.ProductType)
	if err != nil {
		return "", err
	}
	zone := account.ZoneOf(in.Country)
	today := clock.Day(tx.Now, clock.Place(zone))
	payable := in.payable(&c, today, r.TrialDays)
	email := in.User.need(&c, prefix)
	if err := c.Err(); err != nil {
		return "", err
	}
	if err := in.accepted(t); err != nil {
		return "", err
	}
	if used, err := store.One[int](tx, countName, r.ID, account.NameKey(in.Name), ""); err != nil || used > 0 {
		return "", cmp.Or(err, nameTaken(in.Name))
	}
	org, err := s.Accounts.Make(tx, forCustomer(a, r, ""), account.NewOrganisation{Kind: account.Customer, Name: in.Name, Country: in.Country,
		Language: cmp.Or(in.Language, lang.LanguageOf(in.Country)), Zone: zone, Reference: in.Reference, CreatedOn: today})
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(insertCustomer, org.ID, r.ID, account.NameKey(in.Name), in.Notes, a.Person, tx.Now); err != nil {
		return "", err
	}
	b := forCustomer(a, r, org.ID)
	if err := s.join(tx, b, r, org, today); err != nil {
		return "", err
	}
	if _, err := s.Subscriptions.Start(tx, b, org.ID, t, today, payable); err != nil {
		return "", err
	}
	if _, err := s.Accounts.InviteFirst(tx, b, org, CreateCustomers, email, in.User.FirstName, in.User.LastName); err != nil {
		return "", err
	}
	return strconv.FormatInt(org.Number, 10), s.Events.Emit(tx, a, r.ID, Created{org.ID})
}

// forCustomer is the actor as the customer's log names him: a partner's person, or one of the vendor's.
func forCustomer(a who.Actor, r Reseller, org string) who.Actor {
	a.Org, a.Source = org, who.Staff
	if r.Partner {
		a.Source = who.Partnership
	}
	return a
}

// join lets the partner act for the customer, as long as a partnership may last.
func (s *Provisions) join(tx *store.Tx, a who.Actor, r Reseller, org account.Organisation, today string) error {
	if !r.Partner {
		return nil
	}
	from, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return err
	}
	_, err = s.Accounts.GivePartnership(tx, a, account.NewPartnership{Partner: r.ID, Customer: org.ID, GivenBy: "vendor", Roles: r.Roles, From: today,
		Until: from.AddDate(2, 0, 0).Format(time.DateOnly)})
	return err
}

// accepted refuses what costs unless that was accepted. The refusal names the price.
func (in NewCustomer) accepted(t subscription.Type) error {
	if t.Price == 0 || in.AcceptCharges {
		return nil
	}
	f := fault.New(fault.Invalid, "provision.charges", "type", t.Name, "price", t.Monthly())
	f.Fields = []fault.Field{{Name: "accept_charges", Text: f.Text}}
	return f
}

func nameTaken(name string) error {
	f := fault.New(fault.Conflict, "provision.name_taken", "name", name)
	f.Fields = []fault.Field{{Name: "name", Text: f.Text}}
	return f
}

// taken is the refusal that the database decides, where two come at once.
func taken(err error, name string) error {
	if errors.Is(err, store.ErrExists) && store.Constraint(err) == "customer_reseller_id_name_key_key" {
		return nameTaken(name)
	}
	return err
}
