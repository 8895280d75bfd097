package subscription

// TypeMade tells of a new product type.
type TypeMade struct{ Type string }

func (TypeMade) EventName() string { return "subscription.type_made" }
func (e TypeMade) Subject() string { return "product_type:" + e.Type }

// TypeChanged tells what a product type was and is.
type TypeChanged struct {
	Type          string
	Before, After Told
}

// Told is what an event says of a product type.
type Told struct {
	Name, Price, Status string
	Immutable           bool
	Regions             []string
}

func (t Terms) told() Told {
	return Told{t.Name, t.Monthly().Plain(), t.Status, t.Immutable, t.Regions}
}

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
