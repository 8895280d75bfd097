package account

import (
	"context"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"lodge/internal/identity"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Accounts are the use cases of organisations, memberships and partnerships.
type Accounts struct {
	Store      *store.DB
	Events     *event.Log
	Identities *identity.Identities
	Hasher     *crypt.Hasher
	Office     *mail.Office
	Roles      who.Table
	BaseURL    string

	entered clock.Recent // session and customer, of those who work there
}

// Organisation is the vendor, a partner, a customer, or a site of one.
type Organisation struct {
	ID       string
	Number   int64 // what people know it by; never changes
	RootID   string
	Kind     string
	IsSite   bool
	Name     string
	Country  string // ISO 3166-1 alpha-2
	City     string
	Language string
	Zone     string
	Status   string // active, disabled, terminated
	Email    string // of its desk; '' = none
	Version  int64
}

// Shown is how people name it: with the town of a site.
func (o Organisation) Shown() string {
	if o.City == "" {
		return o.Name
	}
	return o.Name + ", " + o.City
}

// NewOrganisation is what a new one needs.
type NewOrganisation struct {
	Number                            int64 // 0: the next free one
	Kind                              string
	Root                              string // id of the organisation whose site it is; '' = none
	Name, Country                     string
	Street, Postcode, City, VATID     string
	Language, Zone, Reference, Status string
	Format                            string // BCP 47; '' = as the country writes dates and numbers
	Email, CreatedOn, Notes           string
}

// NameKey folds a name: what differs only in case, accents' encoding or blanks is equal.
func NameKey(name string) string {
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(name))), " ")
}

// Numbers is the key under which organisation numbers are given out: two that are made at once get two numbers.
func Numbers() store.Keys { return store.Lock("number", "organisation") }

// Make adds an organisation: a step; its door holds Numbers. Conflict of code account.number_taken if the number is in use.
func (s *Accounts) Make(tx *store.Tx, a who.Actor, in NewOrganisation) (Organisation, error) {
	if in.Number == 0 {
		n, err := NextNumber(tx)
		if err != nil {
			return Organisation{}, err
		}
		in.Number = n
	}
	id := tx.NewID()
	root := in.Root
	if root == "" {
		root = id
	}
	if in.Zone == "" {
		in.Zone = ZoneOf(in.Country)
	}
	if in.Format == "" {
		in.Format = lang.FormatOf(in.Country)
	}
	if in.Status == "" {
		in.Status = "active"
	}
	n, err := tx.Exec(insertOrganisation, id, in.Number, root, in.Kind, in.Root != "", in.Name, NameKey(in.Name), in.Country, in.Street, in.Postcode,
		in.City, in.VATID, in.Language, in.Zone, in.Reference, in.Status, in.Email, in.CreatedOn, in.Notes, tx.Now, in.Format)
	if err != nil {
		return Organisation{}, err
	}
	if n == 0 {
		return Organisation{}, fault.New(fault.Conflict, "account.number_taken", "number", strconv.FormatInt(in.Number, 10))
	}
	if err := noteNumber(tx, in.Number); err != nil {
		return Organisation{}, err
	}
	if in.Root != "" {
		if err := widenScopes(tx, in.Root, id); err != nil {
			return Organisation{}, err
		}
	}
	o, err := store.One[Organisation](tx, selectOrganisation, id)
	if err != nil {
		return Organisation{}, err
	}
	return o, s.Events.Emit(tx, a, id, Made{id, in.Kind})
}

// NextNumber is one above all in use and all ever given, at least 10000. Its door holds Numbers.
func NextNumber(tx *store.Tx) (int64, error) {
	last, ok, err := store.Maybe[string](tx, selectLastNumber)
	if err != nil {
		return 0, err
	}
	n := int64(9999)
	if ok {
		if n, err = strconv.ParseInt(last, 10, 64); err != nil {
			return 0, err
		}
	}
	return n + 1, nil
}

// noteNumber remembers the highest number ever given, so that none comes twice.
func noteNumber(tx *store.Tx, number int64) error {
	next, err := NextNumber(tx)
	if err != nil || number < next {
		return err
	}
	return tx.Later(upsertLastNumber, strconv.FormatInt(number, 10))
}

// Get gives an organisation by id; the caller has checked who asks.
func Get(tx *store.Tx, id string) (Organisation, error) {
	o, ok, err := store.Maybe[Organisation](tx, selectOrganisation, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return o, err
}

// Family are the ids of an organisation and all its sites, whichever of them is asked for.
func Family(tx *store.Tx, org string) ([]string, error) {
	return store.Query[string](tx, `SELECT f.id FROM organisation o JOIN organisation f ON f.root_id = o.root_id WHERE o.id = $1`, org)
}

// ByNumber gives an organisation by its number; the caller has checked who asks.
func ByNumber(tx *store.Tx, number int64) (Organisation, bool, error) {
	return store.Maybe[Organisation](tx, selectByNumber, number)
}

// VendorOf gives the vendor of this installation; ok is false before lodge init.
func VendorOf(tx *store.Tx) (Organisation, bool, error) {
	return store.Maybe[Organisation](tx, selectVendor)
}

// Staff tells whether the person works for the vendor: identity asks.
func Staff(tx *store.Tx, person string) (bool, error) {
	n, err := store.One[int](tx, countStaff, person, tx.Now)
	return n > 0, err
}

// Companies are the names of the organisations in which the person is, in whatever state: identity asks.
func Companies(tx *store.Tx, person string) ([]string, error) {
	return store.Query[string](tx, selectCompanies, person)
}

// Vendor is the name, number and desk of the vendor, for the frame of pages without sign-in.
func (s *Accounts) Vendor(ctx context.Context) (o Organisation, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		o, _, err = VendorOf(tx)
		return err
	})
	return o, err
}

// endOf is the instant at which a civil day is over in a zone.
func endOf(day, zone string) (time.Time, error) {
	t, err := time.ParseInLocation(time.DateOnly, day, clock.Place(zone))
	return t.AddDate(0, 0, 1), err
}

// beginOf is the instant at which a civil day begins in a zone.
func beginOf(day, zone string) (time.Time, error) {
	return time.ParseInLocation(time.DateOnly, day, clock.Place(zone))
}

// Made is emitted for a new organisation.
type Made struct{ Organisation, Kind string }

func (Made) EventName() string { return "account.organisation_made" }
func (e Made) Subject() string { return "organisation:" + e.Organisation }
