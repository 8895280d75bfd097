// Package who says on whose behalf something is done. It knows actions and roles as words, not what they are about.
package who

import (
	"maps"
	"slices"
	"strings"
	"time"

	"lodge/internal/platform/fault"
)

// Action is one thing a person can be allowed to do; each domain package declares its own.
type Action string

// Two rights that need no role: Anybody for pages without sign-in, Person for a person's own pages.
const (
	Anybody Action = "anybody"
	Person  Action = "person"
)

// Source is why the actor may touch the organisation in view.
type Source string

const (
	Own         Source = "own"
	Partnership Source = "partnership"
	Staff       Source = "staff"
	System      Source = "system" // the program itself: jobs, import, console
)

// Reach is how far lists go. It is one of three kinds, because no list of ids stays fast from one to all: own family
// (Orgs, at most fifty), a partner (Scope, joined to scope rows), staff (All, no predicate).
type Reach struct {
	All   bool
	Scope string   // id of the partner
	Orgs  []string // ids
}

// Actor is a parameter of every use case. The router makes it once per request from session and address; tests make it
// by hand. Changes and gets work on Org; only lists use Reach.
type Actor struct {
	Person   string // id; empty: nobody is signed in
	Name     string // first and last name
	Email    string
	Session  string   // id
	Member   string   // id of the organisation acted for: exactly one per request; empty on personal pages
	Org      string   // id of the organisation in view: the number in the address
	Number   int64    // of Org
	Acting   int64    // number of Member; differs from Number under /o/{number}/for/{customer}/
	Source   Source   // why
	Roles    []string // names in force for Org, sorted
	Rights   Rights
	Reach    Reach
	Proved   time.Time      // when the session last showed password or second factor
	Seen     int64          // how often the session's context had been switched
	Key      string         // idempotency key of the form or call; empty: not deduplicated
	From     string         // network address, without port
	Language string         // "en", "fr", "pl", "es"
	Zone     *time.Location // of the reader; never nil from the router
}

// Rights are what somebody may do.
type Rights map[Action]bool

// May tells whether the actor has the right.
func (a Actor) May(act Action) bool {
	switch act {
	case Anybody:
		return true
	case Person:
		return a.Person != ""
	}
	return a.Rights[act]
}

// Must is the first line of a use case. The page of the refusal looks up whom to ask; nobody pays for that otherwise.
func (a Actor) Must(act Action) error {
	if a.May(act) {
		return nil
	}
	if act == Person {
		return fault.New(fault.SignIn, "fault.sign_in")
	}
	f := fault.New(fault.Forbidden, "fault.forbidden")
	f.Right = string(act)
	return f
}

// Lately is how long after showing password or second factor somebody may do what asks for that.
const Lately = 10 * time.Minute

// MustProve asks that the person has shown password or second factor lately: for what a session that somebody else sits at must not do. Programs show
// their token with each call, and the console has no session.
func (a Actor) MustProve(now time.Time) error {
	if a.Session == "" || now.Sub(a.Proved) < Lately {
		return nil
	}
	return fault.New(fault.Forbidden, "fault.prove")
}

// Is tells whether the actor holds a role by name.
func (a Actor) Is(role string) bool { return slices.Contains(a.Roles, role) }

// Program is the actor of the program itself, for an organisation or for none: it may everything.
func Program(org string, rights Rights) Actor {
	return Actor{Org: org, Source: System, Rights: rights, Reach: Reach{All: true}, Language: "en", Zone: time.UTC}
}

// Table says what each role may: the one place where rights come from. Default deny.
type Table map[string][]Action

// Rights are the sum of what the roles may; "" is what every member may.
func (t Table) Rights(roles []string) Rights {
	r := Rights{}
	for _, role := range append([]string{""}, roles...) {
		for _, act := range t[role] {
			r[act] = true
		}
	}
	return r
}

// All is every right that any role has.
func (t Table) All() Rights { return t.Rights(slices.Collect(maps.Keys(t))) }

// Holders are the roles that have the right, sorted.
func (t Table) Holders(act Action) []string {
	var roles []string
	for role, acts := range t {
		if slices.Contains(acts, act) {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	return roles
}

// String prints the table, role by role, for the golden test.
func (t Table) String() string {
	var b strings.Builder
	for _, role := range slices.Sorted(maps.Keys(t)) {
		name := role
		if name == "" {
			name = "(member)"
		}
		b.WriteString(name + "\n")
		for _, act := range slices.Sorted(slices.Values(t[role])) {
			b.WriteString("\t" + string(act) + "\n")
		}
	}
	return b.String()
}
