package provision

import (
	"context"
	"testing"

	"lodge/internal/account"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
	"lodge/internal/worldtest"
)

// world is a vendor and a partner with one operator, who may give away one product type.
type world struct {
	*worldtest.World
	*Provisions
}

func wired(w *worldtest.World) world {
	for role, more := range map[string][]who.Action{account.PartnerOperator: {ViewCustomers, CreateCustomers, EditCustomers, subscription.ViewTypes}} {
		w.Roles[role] = more
	}
	for _, e := range []event.Event{account.Made{}, account.Altered{}, subscription.Started{}, subscription.Moved{}} {
		w.Events.Reactions[e.EventName()] = []event.Reaction{Reline}
	}
	return world{w, &Provisions{Store: w.DB, Events: w.Events, Accounts: w.Accounts, Subscriptions: &subscription.Subscriptions{Store: w.DB, Events: w.Events}}}
}

func newWorld(t *testing.T, db *store.DB) world {
	t.Helper()
	w := wired(worldtest.New(t, db, subscription.Lang, Lang))
	w.Vendor().Partner("Brightwater").Person("tom", "Brightwater", account.PartnerOperator)
	w.Write(func(tx *store.Tx) error {
		for _, code := range []string{"plain", "other"} {
			if _, err := w.Subscriptions.MakeType(tx, w.Program(""), subscription.Terms{Type: subscription.Type{Code: code, Name: code, Price: 4000, Currency: "EUR", Immutable: code == "other"},
				Partners: []string{w.Org("Brightwater").ID}}); err != nil {
				return err
			}
		}
		return w.Allow(tx, w.Program(""), Reseller{ID: w.Org("Brightwater").ID, Partner: true, TrialDays: 30})
	})
	return w
}

// brandt is a customer to make.
func brandt() NewCustomer {
	return NewCustomer{Details: Details{Name: "Brandt", ProductType: "plain", Country: "DE"}, User: User{"Greta", "Brandt", "greta@brandt.example"}, AcceptCharges: true}
}

// whole tells what is left of customers, by table; all numbers are equal where none is half made.
func (w world) whole() [7]int {
	return [7]int{
		w.Count(`SELECT count(*) FROM organisation WHERE kind = 'customer'`), w.Count(`SELECT count(*) FROM customer`), w.Count(`SELECT count(*) FROM partnership`), w.Count(`SELECT count(*) FROM subscription`),
		w.Count(`SELECT count(*) FROM invitation`), w.Count(`SELECT count(*) FROM customer_line WHERE status = 'active'`), w.Count(`SELECT count(*) FROM mail`),
	}
}

func all(n int) [7]int { return [7]int{n, n, n, n, n, n, n} }

var ctx = context.Background()
