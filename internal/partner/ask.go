package partner

import (
	"context"
	"slices"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Wish is what a partner asks for.
type Wish struct {
	Number int64 // of the customer, or of one of its sites
	Roles  []string
	Months int // how long, 1 to 24
	Reason string
}

// Ask is a wish that was sent.
type Ask struct {
	ID                string
	Partner, Customer string // ids; Customer '' = nobody has the number
	PartnerNumber     int64
	PartnerName, City string
	Number            int64 // that was asked
	RoleNames         string
	Months            int
	Reason            string
	By                string // person
	At, Expires       time.Time
	Answer            string // agreed, refused or withdrawn; '' = none yet
	AnsweredAt        *time.Time
	Partnership       string
}

// Roles are what it asks for.
func (k Ask) Roles() []string { return strings.Fields(k.RoleNames) }

// State is waiting, unanswered, or the answer.
func (k Ask) State(now time.Time) string {
	switch {
	case k.Answer != "":
		return k.Answer
	case k.Expires.After(now):
		return "waiting"
	}
	return "unanswered"
}

// MayAsk tells whether the organisation in view can ask at all: NotFound unless it is a partner. The actor needs Manage.
func (s *Partners) MayAsk(ctx context.Context, a who.Actor) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.Store.Read(ctx, func(tx *store.Tx) error {
		_, err := asking(tx, a)
		return err
	})
}

// asking is the partner in view.
func asking(tx *store.Tx, a who.Actor) (account.Organisation, error) {
	own, err := account.Get(tx, a.Org)
	if err == nil && (own.Kind != account.Partner || own.IsSite) {
		err = fault.Missing()
	}
	return own, err
}

// Ask sends a wish of the partner in view to the administrators of a customer and gives its id. The answer is the same whether or not the
// number is anybody's.
//
// The actor needs Manage. NotFound in an organisation that is no partner; Invalid at number, roles, months or reason; Conflict of code
// partner.asked_already while the same number has not answered, and of partner.asks_many.
func (s *Partners) Ask(ctx context.Context, a who.Actor, in Wish) (id string, err error) {
	if err := a.Must(Manage); err != nil {
		return "", err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	in.Roles = slices.Compact(slices.Sorted(slices.Values(in.Roles)))
	var c fault.Check
	c.Need(in.Number > 0 && in.Number != a.Number, "number", "partner.number_invalid")
	c.Need(len(in.Roles) > 0, "roles", "account.role_missing")
	for _, r := range in.Roles {
		c.Need(slices.Contains(Roles, r), "roles", "account.role_unknown")
	}
	c.Need(in.Months >= 1 && in.Months <= mostMonths, "months", "partner.months_invalid", "max", mostMonths)
	c.Need(len([]rune(in.Reason)) <= maxReason, "reason", "partner.reason_long", "max", maxReason)
	if err := c.Err(); err != nil {
		return "", err
	}
	err = s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		id, err = once.Do(tx, a, "partner.ask", in, func() (string, error) { return s.ask(tx, a, in) })
		return err
	})
	return id, err
}

func (s *Partners) ask(tx *store.Tx, a who.Actor, in Wish) (string, error) {
	own, err := asking(tx, a)
	if err != nil {
		return "", err
	}
	for _, limit := range []struct {
		code string
		q    string
		args []any
		most int
	}{
		{"partner.asked_already", countSame, []any{a.Org, tx.Now, in.Number, tx.Now.Add(-askAgain)}, 0},
		{"partner.asks_many", countAsks, []any{a.Org, tx.Now.Add(-24 * time.Hour), mostAsks}, mostAsks - 1},
	} {
		if n, err := store.One[int](tx, limit.q, limit.args...); err != nil {
			return "", err
		} else if n > limit.most {
			f := fault.New(fault.Conflict, limit.code, "max", mostAsks)
			f.Fields = []fault.Field{{Name: "number", Text: f.Text}}
			return "", f
		}
	}
	customer, _, err := store.Maybe[string](tx, selectAsked, in.Number, own.ID)
	if err != nil {
		return "", err
	}
	id := tx.NewID()
	if _, err := tx.Exec(insertAsk, id, own.ID, in.Number, customer, strings.Join(in.Roles, " "), in.Months, in.Reason, a.Person, tx.Now, tx.Now.Add(askTime)); err != nil {
		return "", err
	}
	if err := s.Events.Emit(tx, a, own.ID, Asked{id, in.Number, in.Roles, in.Months}); err != nil {
		return "", err
	}
	return id, s.Jobs.Insert(tx, pass{id}) // the customer hears of it behind the answer, which takes as long for anybody's number
}

// Withdraw takes back an ask of the partner in view. NotFound for another's, and for one that is answered or too old.
func (s *Partners) Withdraw(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	return s.one(ctx, a, store.Lock("ask", id), "partner.withdraw", id, func(tx *store.Tx) error {
		k, err := waiting(tx, a, id, AsPartner)
		if err != nil {
			return err
		}
		return s.answer(tx, a, k, "withdrawn", "")
	})
}

// Asks are those of the organisation in view: what it asked, and what it is asked and has not answered.
func (s *Partners) Asks(ctx context.Context, a who.Actor) (sent, came []Ask, err error) {
	if err := a.Must(View); err != nil {
		return nil, nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if sent, err = store.Query[Ask](tx, selectAsks, a.Org); err == nil {
			came, err = store.Query[Ask](tx, selectWaits, a.Org, tx.Now)
		}
		return err
	})
	return sent, came, err
}

// Came gives an ask that waits for the organisation in view, and today there. NotFound for any other.
func (s *Partners) Came(ctx context.Context, a who.Actor, id string) (k Ask, today string, err error) {
	if err := a.Must(Manage); err != nil {
		return k, "", err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		k, err = waiting(tx, a, id, AsCustomer)
		if err != nil {
			return err
		}
		own, err := account.Get(tx, a.Org)
		today = clock.Day(tx.Now, clock.Place(own.Zone))
		return err
	})
	return k, today, err
}

// waiting is an ask without answer on whose side the organisation in view stands.
func waiting(tx *store.Tx, a who.Actor, id string, side Side) (Ask, error) {
	k, ok, err := store.Maybe[Ask](tx, selectAsk[side], id, tx.Now, a.Org)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return k, err
}

func (s *Partners) answer(tx *store.Tx, a who.Actor, k Ask, answer, partnership string) error {
	n, err := tx.Exec(answerAsk, k.ID, answer, tx.Now, partnership)
	if err == nil && n == 0 {
		err = fault.Missing()
	}
	if err != nil {
		return err
	}
	for _, org := range []string{k.Partner, k.Customer} {
		if org == "" {
			continue
		}
		if err := s.Events.Emit(tx, account.Across(a, org, org == k.Partner), org, Answered{k.ID, answer, partnership}); err != nil {
			return err
		}
	}
	return nil
}
