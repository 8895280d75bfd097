package provision

import (
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/subscription"
)

// Rights of this package, given to roles in package app. They hold at a partner's or the vendor's own number: nobody makes or edits customers
// in the name of another organisation.
const (
	ViewCustomers   who.Action = "provision.view_customers"
	CreateCustomers who.Action = "provision.create_customers"
	EditCustomers   who.Action = "provision.edit_customers"
	ManageResellers who.Action = "provision.manage_resellers" // what partners may: the vendor's people only
)

// Provisions are the use cases of making and looking after customers.
type Provisions struct {
	Store         *store.DB
	Events        *event.Log
	Accounts      *account.Accounts
	Subscriptions *subscription.Subscriptions
}

// Details are what is said about a customer.
type Details struct {
	Name        string
	ProductType string // code
	Reference   string // free text: the number that the customer has elsewhere
	Country     string // ISO 3166-1; decides language, zone and formats
	Language    string // '' = as the country
	Notes       string // for those who support the customer; never shown to it
}

// User is the first person of a customer: gets the invitation, and lets others in.
type User struct{ FirstName, LastName, Email string }

// NewCustomer is what a customer is made of.
type NewCustomer struct {
	Details
	Trial         bool
	TrialUntil    string // civil day on which it becomes payable; '' = as TrialDays says
	TrialDays     int    // '' of TrialUntil: days without charge; 0 = the longest permitted
	User          User
	AcceptCharges bool // whoever makes the customer has seen what it costs
}

const (
	maxName      = 100
	maxReference = 200
	maxNotes     = 4000
)

// check looks at what everybody may have typed wrong, alike for all that is saved. Whether all is there is the business of need.
func (d Details) check(c *fault.Check) {
	c.Need(utf8.RuneCountInString(d.Name) <= maxName, "name", "provision.name_long", "max", maxName)
	c.Need(!strings.ContainsFunc(d.Name, lang.Unprintable), "name", "provision.name_odd")
	c.Need(utf8.RuneCountInString(d.Reference) <= maxReference && !strings.ContainsFunc(d.Reference, lang.Unprintable), "reference", "provision.reference_long", "max", maxReference)
	c.Need(utf8.RuneCountInString(d.Notes) <= maxNotes && !strings.ContainsRune(d.Notes, 0), "notes", "provision.notes_long", "max", maxNotes)
	c.Need(d.Country == "" || lang.IsCountry(d.Country), "country", "provision.country_missing")
	c.Need(d.Language == "" || lang.Known(d.Language), "language", "provision.language_unknown")
}

// need adds what is missing for a customer.
func (d Details) need(c *fault.Check) {
	c.Need(account.NameKey(d.Name) != "", "name", "provision.name_missing")
	c.Need(d.Country != "", "country", "provision.country_missing")
}

// tidy has no blanks round anything: a call need not come from a form.
func (d Details) tidy() Details {
	d.Name, d.Reference, d.Notes = strings.Join(strings.Fields(d.Name), " "), strings.TrimSpace(d.Reference), strings.TrimSpace(d.Notes)
	return d
}

// Fields of the first person are named as in a body: the page's form names them without the prefix.
func (u User) need(c *fault.Check, prefix string) identity.Email {
	identity.NeedName(c, prefix+"first_name", u.FirstName)
	identity.NeedName(c, prefix+"last_name", u.LastName)
	return identity.NeedEmail(c, prefix+"email", u.Email)
}

// Key folds what the list sorts by: letter case has no meaning.
func Key(text string) string { return cases.Fold().String(text) }

// payable is the day from which a trial that begins on a day costs, and adds what is wrong about it: at most days long, and only where days
// are permitted.
func (in NewCustomer) payable(c *fault.Check, startsOn string, most int) string {
	if !in.Trial {
		return ""
	}
	c.Need(most > 0, "trial", "provision.trial_not_offered")
	start, err := time.Parse(time.DateOnly, startsOn)
	if err != nil {
		return ""
	}
	if in.TrialUntil != "" {
		until, err := time.Parse(time.DateOnly, in.TrialUntil)
		c.Need(err == nil && until.After(start), "trial_until", "provision.trial_odd")
		if until.Equal(start.AddDate(0, 0, most+1)) {
			until = until.AddDate(0, 0, -1) // the form was filled in where it is tomorrow already
		}
		c.Need(!until.After(start.AddDate(0, 0, most)), "trial_until", "provision.trial_long", "n", most)
		return until.Format(time.DateOnly)
	}
	c.Need(in.TrialDays >= 0, "trial_days", "provision.trial_odd")
	c.Need(in.TrialDays <= most, "trial_days", "provision.trial_long", "n", most)
	days := in.TrialDays
	if days == 0 {
		days = most
	}
	return start.AddDate(0, 0, days).Format(time.DateOnly)
}
