package subscription

// TypeMade tells of a new product type.
type TypeMade struct{ Type string }

func (TypeMade) EventName() string { return "subscription.type_made" }
func (e TypeMade) Subject() string { return "product_type:" + e.Type }

// TypeChanged tells the price before and after.
type TypeChanged struct{ Type, Before, After string }

func (TypeChanged) EventName() string { return "subscription.type_changed" }
func (e TypeChanged) Subject() string { return "product_type:" + e.Type }

// Started tells that a customer has a product type.
type Started struct {
	Subscription, Type   string
	StartsOn, TrialUntil string // civil days
}

func (Started) EventName() string { return "subscription.started" }
func (e Started) Subject() string { return "subscription:" + e.Subscription }

// Moved tells that a customer has another product type, by their codes.
type Moved struct{ Subscription, Before, After string }

func (Moved) EventName() string { return "subscription.moved" }
func (e Moved) Subject() string { return "subscription:" + e.Subscription }
