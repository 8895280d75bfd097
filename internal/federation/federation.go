package federation

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Manage is the right to prove the organisation's domains and to set its sign-in up.
const Manage who.Action = "federation.manage"

// Federations are the use cases of domains, connections and the sign-ins through them.
type Federations struct {
	Store      *store.DB
	Events     *event.Log
	Identities *identity.Identities
	Accounts   *account.Accounts
	Office     *mail.Office
	Keys       *crypt.Keys
	BaseURL    string
	Resolver   *net.Resolver // asked for TXT records
	Client     *http.Client  // of NewClient
	Private    bool          // upstreams in private networks, and on this computer without TLS

	upstreams upstreams
}

// States of a connection.
const (
	Draft = "draft" // not set up
	Off   = "off"
	On    = "on"
)

// Connection is the sign-in of an organisation. The secret stays sealed.
type Connection struct {
	ID, Org, Issuer, ClientID, Secret string
	State                             string
	Joins                             bool // people whom the portal does not know become contacts without a role
	TrustsMail                        bool // an address counts as verified without the company saying so
	Version                           int64
}

// Callback is where the upstream sends people back: an address of this connection's own.
func (s *Federations) Callback(id string) string { return s.BaseURL + At + "/" + id + "/callback" }

// Logout is where the upstream says that somebody has signed out there.
func (s *Federations) Logout(id string) string { return s.BaseURL + At + "/" + id + "/logout" }

// At is the beginning of a connection's addresses.
const At = "/sign-in/company"

// own is what all use cases of administrators have in common: a connection is the business of the customer or partner itself, at the head of
// its family.
func (s *Federations) own(tx *store.Tx, a who.Actor) (account.Organisation, error) {
	org, err := account.Get(tx, a.Org)
	switch {
	case err != nil:
	case org.Kind == account.Vendor:
		err = fault.Missing()
	case org.IsSite:
		err = fault.New(fault.Conflict, "federation.at_head")
	}
	return org, err
}

// may is the first line of the use cases of administrators.
func may(a who.Actor) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	if a.Source != who.Own || a.Org != a.Member {
		return fault.Missing()
	}
	return nil
}

// State is what the administrators' page shows.
type State struct {
	Head       bool // the organisation is the head of its family
	Domains    []Domain
	Connection Connection
	Linked     int // accounts of the company that open somebody's
}

// Overview gives domains and connection of the own organisation. The actor needs Manage and works at the own number.
func (s *Federations) Overview(ctx context.Context, a who.Actor) (o State, err error) {
	if err := may(a); err != nil {
		return State{}, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		if _, err := s.own(tx, a); fault.Is(err, "federation.at_head") {
			return nil
		} else if err != nil {
			return err
		}
		o.Head = true
		if o.Domains, err = store.Query[Domain](tx, selectDomains, a.Org); err != nil {
			return err
		}
		if o.Connection, _, err = store.Maybe[Connection](tx, selectOfOrg, a.Org); err != nil {
			return err
		}
		o.Linked, err = store.One[int](tx, countLinked, o.Connection.ID)
		return err
	})
	return o, err
}

// Proven tells whether a domain of the organisation is proven now: what a connection needs to be of any use.
func (o State) Proven() bool {
	return slices.ContainsFunc(o.Domains, func(d Domain) bool { return !d.ProvenAt.IsZero() })
}

// tell writes to the administrators of an organisation; args are pairs, texts that people typed come as mail.Name.
func (s *Federations) tell(tx *store.Tx, org, kind string, args ...any) error {
	o, err := account.Get(tx, org)
	if err != nil {
		return err
	}
	all, err := account.Administrators(tx, org)
	if err != nil {
		return err
	}
	for _, p := range all {
		if _, err := s.Office.Post(tx, mail.Letter{To: p.Email, Person: p.ID, Org: org, Language: p.Language, Kind: "federation.mail." + kind,
			Args: append([]any{"name", mail.Name(p.First), "link", s.BaseURL + "/o/" + strconv.FormatInt(o.Number, 10) + SettingsAt}, args...)}); err != nil {
			return err
		}
	}
	return nil
}

// once is true for the first who comes with an id, until it could not be used anyway.
func once(tx *store.Tx, id string, until time.Time) (bool, error) {
	n, err := tx.Exec(insertUsed, crypt.HashToken(id), until)
	return n > 0, err
}
