package subscription

import (
	"strings"
	"time"

	"golang.org/x/text/cases"

	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Rights of this package, given to roles in package app.
const (
	ViewTypes   who.Action = "subscription.view_types"   // that one may have
	ManageTypes who.Action = "subscription.manage_types" // the vendor's people only
)

// Subscriptions are the use cases of product types and subscriptions.
type Subscriptions struct {
	Store  *store.DB
	Events *event.Log
}

// States of a product type.
const (
	Active  = "active"
	Retired = "retired" // nobody gets it any more; who has it keeps it
)

// Type is a product type.
type Type struct {
	ID        string
	Code      string // fixed
	Name      string
	About     string
	Price     int64  // of a customer and month, minor units, net
	Currency  string // ISO 4217
	Immutable bool
	Status    string
	Version   int64
}

// Terms are a product type with where and to whom it is offered.
type Terms struct {
	Type
	Regions  []string // ISO 3166-1; none = everywhere
	Partners []string // ids
}

// Monthly is the price of a month.
func (t Type) Monthly() lang.Money { return lang.Money{Minor: t.Price, Currency: t.Currency} }

// Key folds a code: letter case has no meaning.
func Key(code string) string { return cases.Fold().String(code) }

// Subscription is what a customer has.
type Subscription struct {
	ID, Org    string
	Type       string // id
	StartsOn   string // civil day of the customer
	TrialUntil string // day on which it becomes payable; '' = no trial
	Version    int64
}

// Cost is what a month costs, and what the first invoice says: it is made on the first day of the month after the first charged day.
type Cost struct {
	Monthly   lang.Money
	From      string     // first charged day
	Until     string     // last day of its month
	Part      lang.Money // for the days From to Until
	InvoiceOn string     // the day of the first invoice: Part, and one month in advance
}

// First works out the cost of a product type that starts on a day, or becomes payable on a later one: the days of the first month by day, a day being the month's
// price by the days of that month, rounded half up once; then months in advance. Invalid days give the price alone.
func (t Type) First(startsOn, trialUntil string) Cost {
	c := Cost{Monthly: t.Monthly()}
	from, err := time.Parse(time.DateOnly, startsOn)
	if payable, none := time.Parse(time.DateOnly, trialUntil); none == nil && err == nil && payable.After(from) {
		from = payable
	}
	if err != nil {
		return c
	}
	invoice := time.Date(from.Year(), from.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	last := invoice.AddDate(0, 0, -1)
	days, of := int64(last.Day()-from.Day()+1), int64(last.Day())
	c.From, c.Until, c.InvoiceOn = from.Format(time.DateOnly), last.Format(time.DateOnly), invoice.Format(time.DateOnly)
	c.Part = lang.Money{Minor: (2*t.Price*days + of) / (2 * of), Currency: t.Currency}
	return c
}

const (
	maxCode  = 40
	maxName  = 120
	maxAbout = 300
	maxPrice = 100_000_000 // minor units
)

// check looks at what everybody may have typed wrong.
func (t Terms) check() error {
	var c fault.Check
	c.Need(t.Code != "", "code", "subscription.code_missing")
	c.Need(plainCode(t.Code), "code", "subscription.code_odd", "max", maxCode)
	c.Need(!strings.EqualFold(t.Code, "new") && strings.Trim(t.Code, ".") != "" || t.Code == "", "code", "subscription.code_reserved", "code", t.Code)
	c.Need(strings.TrimSpace(t.Name) != "" && !strings.ContainsFunc(t.Name, lang.Unprintable), "name", "subscription.name_missing")
	c.Need(len([]rune(t.Name)) <= maxName, "name", "subscription.name_long", "max", maxName)
	c.Need(len([]rune(t.About)) <= maxAbout && !strings.ContainsFunc(t.About, lang.Unprintable), "about", "subscription.about_long", "max", maxAbout)
	c.Need(lang.IsCurrency(t.Currency), "currency", "subscription.currency_unknown")
	c.Need(t.Price >= 0 && t.Price <= maxPrice, "price", "subscription.price_odd")
	c.Need(t.Status == Active || t.Status == Retired, "status", "subscription.status_unknown")
	for _, r := range t.Regions {
		c.Need(lang.IsCountry(r), "regions", "subscription.region_unknown", "code", r)
	}
	return c.Err()
}

// plainCode: letters, digits and - . _, so that a code can stand in an address.
func plainCode(code string) bool {
	for _, r := range code {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.' {
			return false
		}
	}
	return len(code) <= maxCode
}
