package provision

import (
	"cmp"
	"context"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// Unfinished is a draft: what the steps have saved so far. It belongs to the reseller: all who make its customers can go on with it.
type Unfinished struct {
	ID string
	Details
	Trial      bool
	TrialUntil string
	User       User
	Version    int64
}

// customer is what the draft would become.
func (u Unfinished) customer() NewCustomer {
	return NewCustomer{Details: u.Details, Trial: u.Trial, TrialUntil: u.TrialUntil, User: u.User}
}

// maxDrafts is how many drafts a reseller may have.
const maxDrafts = 1000

// Draft saves the first step and gives the draft's id. complete asks for everything that the step needs, otherwise a name is enough. The actor
// needs CreateCustomers. Invalid and Conflict at the fields of Details and trial as Create; Conflict of code provision.drafts_many.
func (s *Provisions) Draft(ctx context.Context, a who.Actor, in Unfinished, complete bool) (id string, err error) {
	if err := cmp.Or(a.Must(CreateCustomers), sells(a)); err != nil {
		return "", err
	}
	in.Details = in.Details.tidy()
	err = s.Store.Write(ctx, store.Lock("customer_drafts", a.Member), func(tx *store.Tx) error {
		id, err = once.Do(tx, a, "provision.draft", in, func() (string, error) { return s.draft(tx, a, in, complete) })
		return err
	})
	return id, err
}

func (s *Provisions) draft(tx *store.Tx, a who.Actor, in Unfinished, complete bool) (string, error) {
	r, err := reseller(tx, a)
	if err != nil {
		return "", err
	}
	if err := checkDraft(tx, r, in, complete); err != nil {
		return "", err
	}
	if n, err := store.One[int](tx, countDrafts, r.ID, maxDrafts); err != nil || n >= maxDrafts {
		return "", cmp.Or(err, error(fault.New(fault.Conflict, "provision.drafts_many", "n", maxDrafts)))
	}
	in.ID = tx.NewID()
	if _, err := tx.Exec(insertDraft, in.ID, r.ID, in.Name, in.ProductType, in.Reference, in.Country, in.Language, in.Notes, in.Trial, in.TrialUntil, a.Person,
		tx.Now); err != nil {
		return "", err
	}
	return in.ID, s.drafted(tx, a, r, in)
}

// drafted writes the draft's line and tells of it.
func (s *Provisions) drafted(tx *store.Tx, a who.Actor, r Reseller, in Unfinished) error {
	if _, err := tx.Exec(upsertDraftLine, in.ID, r.ID, in.Name, account.NameKey(in.Name), today(tx, in.Country), in.Reference, Key(in.Reference),
		subscription.Key(in.ProductType), in.payableOn(), in.progress()); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, r.ID, DraftKept{in.ID})
}

// progress is the first step that is not done.
func (u Unfinished) progress() string {
	if u.Country == "" || u.ProductType == "" {
		return DetailsMissing
	}
	return UserMissing
}

func (u Unfinished) payableOn() string {
	if u.Trial {
		return u.TrialUntil
	}
	return ""
}

// checkDraft looks at the first step. A name that is in use is refused here already, so that nobody fills in the rest in vain.
func checkDraft(tx *store.Tx, r Reseller, in Unfinished, complete bool) error {
	var c fault.Check
	in.Details.check(&c)
	c.Need(account.NameKey(in.Name) != "", "name", "provision.name_missing")
	if complete {
		in.Details.need(&c)
		if _, err := subscription.NeedOffered(tx, &c, r.shop(in.Country), in.ProductType); err != nil {
			return err
		}
		in.customer().payable(&c, today(tx, in.Country), r.TrialDays)
	}
	if err := c.Err(); err != nil {
		return err
	}
	used, err := store.One[int](tx, countName, r.ID, account.NameKey(in.Name), "")
	if err == nil && used > 0 {
		err = nameTaken(in.Name)
	}
	return err
}

// Unfinished gives a draft and what the reseller may. The actor needs CreateCustomers. NotFound for a draft that is gone or another reseller's.
func (s *Provisions) Unfinished(ctx context.Context, a who.Actor, id string) (u Unfinished, err error) {
	if err := cmp.Or(a.Must(CreateCustomers), sells(a)); err != nil {
		return u, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		r, err := reseller(tx, a)
		if err == nil {
			u, err = unfinished(tx, r, id)
		}
		return err
	})
	return u, err
}

func unfinished(tx *store.Tx, r Reseller, id string) (Unfinished, error) {
	row, ok, err := store.Maybe[struct {
		ID string
		Details
		Trial              bool
		TrialUntil         string
		First, Last, Email string
		Version            int64
	}](tx, selectDraft, id, r.ID)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return Unfinished{row.ID, row.Details, row.Trial, row.TrialUntil, User{row.First, row.Last, row.Email}, row.Version}, err
}

// step is what all changes of a draft have in common: the right, its key, the draft as it is, and nobody else's change since version.
func (s *Provisions) step(ctx context.Context, a who.Actor, id string, version int64, f func(tx *store.Tx, r Reseller, was Unfinished) error) error {
	if err := cmp.Or(a.Must(CreateCustomers), sells(a)); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("customer_draft", id), func(tx *store.Tx) error {
		r, err := reseller(tx, a)
		if err != nil {
			return err
		}
		was, err := unfinished(tx, r, id)
		if err != nil {
			return err
		}
		if version != was.Version {
			return fault.New(fault.Conflict, "provision.draft_changed")
		}
		return f(tx, r, was)
	})
}

// SaveDetails saves the first step of a draft again. As Draft, and Conflict of code provision.draft_changed.
func (s *Provisions) SaveDetails(ctx context.Context, a who.Actor, id string, version int64, in Unfinished, complete bool) error {
	in.Details = in.Details.tidy()
	return s.step(ctx, a, id, version, func(tx *store.Tx, r Reseller, was Unfinished) error {
		in.ID, in.User = was.ID, was.User
		if err := checkDraft(tx, r, in, complete); err != nil {
			return err
		}
		if _, err := tx.Exec(updateDraftDetails, id, in.Name, in.ProductType, in.Reference, in.Country, in.Language, in.Notes, in.Trial, in.TrialUntil, tx.Now); err != nil {
			return err
		}
		return s.drafted(tx, a, r, in)
	})
}

// SaveUser saves the second step as it was typed: whether it is right is asked when the customer is made. Conflict of code provision.draft_changed.
func (s *Provisions) SaveUser(ctx context.Context, a who.Actor, id string, version int64, in User) error {
	return s.step(ctx, a, id, version, func(tx *store.Tx, r Reseller, was Unfinished) error {
		var c fault.Check
		for field, value := range map[string]string{"first_name": in.FirstName, "last_name": in.LastName, "email": in.Email} {
			c.Need(len(value) <= 320, field, "provision.name_long", "max", maxName)
		}
		if err := c.Err(); err != nil {
			return err
		}
		was.User = in
		if _, err := tx.Exec(updateDraftUser, id, in.FirstName, in.LastName, in.Email, tx.Now); err != nil {
			return err
		}
		return s.drafted(tx, a, r, was)
	})
}

// Discard removes a draft. The actor needs CreateCustomers. NotFound as Unfinished.
func (s *Provisions) Discard(ctx context.Context, a who.Actor, id string) error {
	if err := cmp.Or(a.Must(CreateCustomers), sells(a)); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("customer_draft", id), func(tx *store.Tx) error {
		_, err := once.Do(tx, a, "provision.discard", id, func() (string, error) {
			r, err := reseller(tx, a)
			if err != nil {
				return "", err
			}
			if _, err := unfinished(tx, r, id); err != nil {
				return "", err
			}
			if err := dropDraft(tx, id); err != nil {
				return "", err
			}
			return id, s.Events.Emit(tx, a, r.ID, DraftDiscarded{id})
		})
		return err
	})
}

func dropDraft(tx *store.Tx, id string) error {
	if _, err := tx.Exec(deleteLine, id, Draft); err != nil {
		return err
	}
	_, err := tx.Exec(deleteDraft, id)
	return err
}

// Finish makes the customer of a draft, with this first person; the draft is gone then. As Create, with the fields of the person called first_name,
// last_name and email; NotFound as Unfinished.
func (s *Provisions) Finish(ctx context.Context, a who.Actor, id string, user User, accept bool) (number string, err error) {
	if err := cmp.Or(a.Must(CreateCustomers), sells(a)); err != nil {
		return "", err
	}
	seen, err := s.Unfinished(ctx, a, id) // what its keys are; one that is gone may have been finished by this very form
	if err != nil && fault.Status(err) != int(fault.NotFound) {
		return "", err
	}
	in := seen.customer()
	in.User, in.AcceptCharges = user, accept
	err = s.Store.Write(ctx, in.keys().And(store.Lock("customer_draft", id)), func(tx *store.Tx) error {
		asked := struct {
			Draft  string
			User   User
			Accept bool
		}{id, user, accept}
		number, err = once.Do(tx, a, "provision.finish", asked, func() (string, error) { return s.finish(tx, a, id, seen, in) })
		return err
	})
	return number, taken(err, in.Name)
}

func (s *Provisions) finish(tx *store.Tx, a who.Actor, id string, seen Unfinished, in NewCustomer) (string, error) {
	r, err := reseller(tx, a)
	if err != nil {
		return "", err
	}
	now, err := unfinished(tx, r, id)
	if err != nil {
		return "", err
	}
	if now != seen {
		return "", fault.New(fault.Conflict, "provision.draft_changed")
	}
	if err := dropDraft(tx, id); err != nil {
		return "", err
	}
	return s.create(tx, a, in, "")
}
