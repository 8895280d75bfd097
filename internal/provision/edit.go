package provision

import (
	"cmp"
	"context"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// Customer is one customer as those who look after it see it.
type Customer struct {
	ID     string
	Number int64
	Details
	TypeName   string
	Fixed      bool   // the product type cannot be changed
	Zone       string // IANA
	Format     string // BCP 47
	Status     string
	CreatedOn  string
	Reseller   string // id; '' = imported, nobody's yet
	StartsOn   string
	TrialUntil string
	Version    int64 // grows with every change of what stands here
	Editable   bool  // by the actor
	UserName   string
	UserEmail  string // of the first person, as invited; '' = not known
}

// Get gives one customer by its number. The actor needs ViewCustomers at a partner's or the vendor's own number. NotFound for what is no
// customer, or not in reach. Two statements.
func (s *Provisions) Get(ctx context.Context, a who.Actor, number int64) (c Customer, err error) {
	if err := cmp.Or(a.Must(ViewCustomers), sells(a)); err != nil {
		return c, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		c, err = get(tx, a, number)
		return err
	})
	return c, err
}

// customerRow is a customer as it is stored.
type customerRow struct {
	ID                                 string
	Number                             int64
	Name, Reference, Country, Language string
	Zone, Format, Status, CreatedOn    string
	Version                            int64
	Reseller, Notes                    string
	CustomerVersion                    int64
	Type, TypeName                     string
	Fixed                              bool
	StartsOn, TrialUntil               string
	SubscriptionVersion                int64
	First, Last, Email                 string
}

func get(tx *store.Tx, a who.Actor, number int64) (Customer, error) {
	row, ok, err := store.Maybe[customerRow](tx, selectCustomer, number, a.Reach.Scope, tx.Now)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil {
		return Customer{}, err
	}
	c := Customer{ID: row.ID, Number: row.Number, Details: Details{row.Name, row.Type, row.Reference, row.Country, row.Language, row.Notes}, TypeName: row.TypeName, Fixed: row.Fixed,
		Zone: row.Zone, Format: row.Format, Status: row.Status, CreatedOn: row.CreatedOn, Reseller: row.Reseller, StartsOn: row.StartsOn, TrialUntil: row.TrialUntil,
		Version: row.Version + row.CustomerVersion + row.SubscriptionVersion, UserEmail: row.Email}
	if row.Email != "" {
		c.UserName = row.First + " " + row.Last
	}
	c.Editable = a.May(EditCustomers) && row.Status != "terminated" && (a.Reach.Scope == "" || a.Reach.Scope == row.Reseller)
	return c, nil
}

// Edit is what changes about a customer; a nil field stays. A new country brings its zone and formats, and its language if nobody had chosen
// another. The actor needs EditCustomers, and a partner's people must have made the customer: Forbidden of code provision.not_yours otherwise.
//
// Invalid at the fields of Details; Conflict of code provision.name_taken, provision.changed if version is not the present one, subscription.type_fixed for
// a product type that stays.
type Edit struct {
	Name, ProductType, Reference, Country, Language, Notes *string
}

// Change carries an Edit out; see there.
func (s *Provisions) Change(ctx context.Context, a who.Actor, number, version int64, in Edit) error {
	if err := cmp.Or(a.Must(EditCustomers), sells(a)); err != nil {
		return err
	}
	seen, err := s.Get(ctx, a, number) // whose keys are taken
	if err != nil {
		return err
	}
	keys := store.Lock("org", seen.ID)
	if in.ProductType != nil {
		keys = keys.And(subscription.Lock(*in.ProductType))
	}
	err = s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		was, err := get(tx, a, number)
		if err != nil {
			return err
		}
		if !was.Editable {
			return fault.New(fault.Forbidden, "provision.not_yours")
		}
		if was.Version != version {
			return fault.New(fault.Conflict, "provision.changed")
		}
		return s.change(tx, a, was, in)
	})
	name := seen.Name
	if in.Name != nil {
		name = *in.Name
	}
	return taken(err, name)
}

func (in Edit) on(d Details) Details {
	for to, from := range map[*string]*string{&d.Name: in.Name, &d.ProductType: in.ProductType, &d.Reference: in.Reference, &d.Country: in.Country, &d.Language: in.Language, &d.Notes: in.Notes} {
		if from != nil {
			*to = *from
		}
	}
	return d.tidy()
}

func (s *Provisions) change(tx *store.Tx, a who.Actor, was Customer, in Edit) error {
	r, err := reseller(tx, a)
	if err != nil {
		return err
	}
	now := in.on(was.Details)
	var c fault.Check
	now.check(&c)
	now.need(&c)
	c.Need(now.Notes == was.Notes || was.Reseller != "", "notes", "provision.notes_nowhere")
	moves := subscription.Key(now.ProductType) != subscription.Key(was.ProductType)
	var t subscription.Type
	if moves && was.Fixed {
		t, _, err = subscription.ByCode(tx, now.ProductType) // that it stays comes before whether the other could be had
	} else if moves {
		c.Need(was.ProductType != "", "product_type", "provision.no_subscription")
		t, err = subscription.NeedOffered(tx, &c, r.shop(now.Country), now.ProductType)
	}
	if err != nil {
		return err
	}
	if err := c.Err(); err != nil {
		return err
	}
	b := forCustomer(a, r, was.ID)
	if moves {
		if err := s.Subscriptions.Move(tx, b, was.ID, t); err != nil {
			return err
		}
	}
	if err := s.rename(tx, b, was, now); err != nil {
		return err
	}
	now.Language = cmp.Or(now.Language, lang.LanguageOf(now.Country))
	to := account.Details{Name: now.Name, Reference: now.Reference, Country: now.Country, Language: now.Language, Zone: was.Zone, Format: was.Format}
	if now.Country != was.Country {
		to.Zone, to.Format = account.ZoneOf(now.Country), lang.FormatOf(now.Country)
		if now.Language == was.Language && was.Language == lang.LanguageOf(was.Country) {
			to.Language = lang.LanguageOf(now.Country)
		}
	}
	return s.Accounts.Change(tx, b, was.ID, to)
}

// rename keeps the name unique among the reseller's customers, and the notes.
func (s *Provisions) rename(tx *store.Tx, a who.Actor, was Customer, now Details) error {
	if was.Reseller == "" || now.Name == was.Name && now.Notes == was.Notes {
		return nil
	}
	used, err := store.One[int](tx, countName, was.Reseller, account.NameKey(now.Name), was.ID)
	if err != nil || used > 0 {
		return cmp.Or(err, nameTaken(now.Name))
	}
	if _, err := tx.Exec(updateCustomer, was.ID, account.NameKey(now.Name), now.Notes); err != nil || now.Notes == was.Notes {
		return err
	}
	return s.Events.Emit(tx, a, was.Reseller, Noted{was.ID}) // not in the customer's own log: it does not see the notes
}

// today is the civil day in a country.
func today(tx *store.Tx, country string) string {
	return clock.Day(tx.Now, clock.Place(account.ZoneOf(country)))
}
