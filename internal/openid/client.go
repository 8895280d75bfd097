package openid

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zitadel/oidc/v3/pkg/op"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/job"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Manage is the right to connect websites and to change the key that signs.
const Manage who.Action = "openid.manage"

// Provider are the use cases of sign-in elsewhere.
type Provider struct {
	Store      *store.DB
	Events     *event.Log
	Identities *identity.Identities
	Keys       *crypt.Keys
	Jobs       *job.Queue
	BaseURL    string       // the issuer
	Outside    *http.Client // tells websites that a session has ended; nil: one that follows no redirect and waits ten seconds

	lib *op.Provider
}

// Client is a website.
type Client struct {
	ID           string // client_id
	Name         string
	Redirects    string // one address a line
	Returns      string // one address a line
	FrontChannel string
	BackChannel  string
	Trusted      bool
	SecretAt     time.Time // zero: it has none
	CreatedAt    time.Time
	DisabledAt   time.Time // zero: it is in use
	Version      int64
}

// Settings are what a client is made of and what can be changed of it.
type Settings struct {
	Name         string
	Redirects    []string // where a code may go
	Returns      []string // where a sign-out may lead
	FrontChannel string   // '' = none
	BackChannel  string   // '' = none
	Trusted      bool
}

// Settings are the client's own.
func (c Client) Settings() Settings {
	return Settings{c.Name, lines(c.Redirects), lines(c.Returns), c.FrontChannel, c.BackChannel, c.Trusted}
}

// Disabled tells whether nobody can sign in at it now.
func (c Client) Disabled() bool { return !c.DisabledAt.IsZero() }

// Host is where the website is, as people know it.
func (c Client) Host() string {
	for _, address := range lines(c.Redirects) {
		if u, err := url.Parse(address); err == nil {
			return u.Host
		}
	}
	return ""
}

func lines(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(s string) bool { return s == "" })
}

const (
	maxName      = 80
	maxAddress   = 500 // bytes
	maxAddresses = 20
	maxClients   = 100
)

// clean is the settings without blanks and empty lines.
func (s Settings) clean() Settings {
	trim := func(all []string) (kept []string) {
		for _, a := range all {
			if a = strings.TrimSpace(a); a != "" && !slices.Contains(kept, a) {
				kept = append(kept, a)
			}
		}
		return kept
	}
	s.Name, s.FrontChannel, s.BackChannel = strings.TrimSpace(s.Name), strings.TrimSpace(s.FrontChannel), strings.TrimSpace(s.BackChannel)
	s.Redirects, s.Returns = trim(s.Redirects), trim(s.Returns)
	return s
}

// check is Invalid at what is wrong.
func (s Settings) check() error {
	var c fault.Check
	c.Need(s.Name != "", "name", "openid.name_missing")
	c.Need(utf8.RuneCountInString(s.Name) <= maxName && !strings.ContainsFunc(s.Name, func(r rune) bool { return r < ' ' }), "name", "openid.name_long", "max", maxName)
	c.Need(len(s.Redirects) > 0, "redirects", "openid.redirects_missing")
	for field, all := range map[string][]string{"redirects": s.Redirects, "returns": s.Returns, "front_channel": {s.FrontChannel}, "back_channel": {s.BackChannel}} {
		c.Need(len(all) <= maxAddresses, field, "openid.addresses_many", "max", maxAddresses)
		for _, a := range all {
			c.Need(a == "" || outside(a), field, "openid.address_odd", "address", shortened(a))
		}
	}
	return c.Err()
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// outside tells whether an address can be a website's: https, or http on this very machine, complete, without anything that two readers could read
// in two ways.
func outside(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || u.User != nil || u.Opaque != "" || u.Hostname() == "" || strings.ContainsAny(address, "#*\\\"'<> ") {
		return false
	}
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// origin is the scheme, host and port of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// own is what all use cases of people have in common: websites are the vendor's business, whose roles alone have the right.
func own(a who.Actor) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	if a.Source != who.Own || a.Org != a.Member {
		return fault.Missing()
	}
	return nil
}
