package subscription

import (
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Start gives a customer a product type from a day on, payable from trialUntil on (” = at once): a step. Its door holds the type's
// Lock and has asked NeedOffered.
func (s *Subscriptions) Start(tx *store.Tx, a who.Actor, org string, t Type, startsOn, trialUntil string) (id string, err error) {
	id = tx.NewID()
	if _, err := tx.Exec(insertSubscription, id, org, t.ID, startsOn, trialUntil, tx.Now); err != nil {
		return "", err
	}
	return id, s.Events.Emit(tx, a, org, Started{id, t.ID, startsOn, trialUntil})
}

// Move gives a customer another product type from today on: a step; its door holds the organisation's key and the new type's Lock. Conflict of code
// subscription.type_fixed if the one that it has is immutable, at product_type. The same type again changes nothing.
func (s *Subscriptions) Move(tx *store.Tx, a who.Actor, org string, to Type) error {
	was, ok, err := Of(tx, org)
	if err == nil && !ok {
		err = fault.Missing()
	}
	if err != nil || was.Type == to.ID {
		return err
	}
	from, err := Get(tx, was.Type)
	if err != nil {
		return err
	}
	if from.Immutable {
		f := fault.New(fault.Conflict, "subscription.type_fixed", "type", from.Name)
		f.Fields = []fault.Field{{Name: "product_type", Text: f.Text}}
		return f
	}
	if _, err := tx.Exec(updateSubscription, was.ID, to.ID, tx.Now); err != nil {
		return err
	}
	return s.Events.Emit(tx, a, org, Moved{was.ID, from.Code, to.Code})
}

// Of gives the subscription of an organisation; the caller has checked who asks.
func Of(tx *store.Tx, org string) (Subscription, bool, error) {
	return store.Maybe[Subscription](tx, selectOf, org)
}
