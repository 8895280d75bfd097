package token

import (
	"crypto/rand"
	"encoding/base32"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Manage is the right to see, make and revoke the tokens of the own organisation.
const Manage who.Action = "token.manage"

// Tokens are the use cases of tokens.
type Tokens struct {
	Store    *store.DB
	Events   *event.Log
	Accounts *account.Accounts
	Roles    who.Table
	Scopes   Scopes
}

// Scope is a set of rights by name.
type Scope struct {
	Name   string       // "requests:read"
	Rights []who.Action // whose operations it opens; each right is in one scope only
	Also   []who.Action // what those operations need inside, without opening the operations of these
}

// Scopes are all of them in reading order.
type Scopes []Scope

// Of is the scope that opens a right's operations, ” if none does.
func (s Scopes) Of(right who.Action) string {
	for _, scope := range s {
		if slices.Contains(scope.Rights, right) {
			return scope.Name
		}
	}
	return ""
}

// Names are all names.
func (s Scopes) Names() (all []string) {
	for _, scope := range s {
		all = append(all, scope.Name)
	}
	return all
}

// Within are those rights of held that the named scopes let through.
func (s Scopes) Within(held who.Rights, names []string) who.Rights {
	r := who.Rights{}
	for _, scope := range s {
		if !slices.Contains(names, scope.Name) {
			continue
		}
		for _, right := range append(slices.Clip(scope.Rights), scope.Also...) {
			if held[right] {
				r[right] = true
			}
		}
	}
	return r
}

// Offered are the names of the scopes that somebody with these rights can give: those with an operation that he may use himself.
func (s Scopes) Offered(held who.Rights) (names []string) {
	for _, scope := range s {
		if slices.ContainsFunc(scope.Rights, func(r who.Action) bool { return held[r] }) {
			names = append(names, scope.Name)
		}
	}
	return names
}

// Token is a row, as its owner sees it.
type Token struct {
	ID         string
	Name       string
	Prefix     string // the beginning of its text, by which people recognise it
	ScopeNames string
	Maker      string // id; '' = console
	MakerName  string
	Org        string // id
	OrgName    string
	OrgNumber  int64
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     time.Time // zero = never
	RevokedAt  time.Time // zero = not
}

// Scopes are the token's.
func (t Token) Scopes() []string { return strings.Fields(t.ScopeNames) }

// States of a token.
const (
	Valid   = "valid"
	Expired = "expired"
	Revoked = "revoked"
)

// State is how the token stands.
func (t Token) State(now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return Revoked
	case !t.ExpiresAt.After(now):
		return Expired
	}
	return Valid
}

// mark begins every token, so that people and scanners of leaked secrets know one.
const mark = "lodge_"

const (
	secretBytes = 32
	secretChars = 52
	sumChars    = 7
	shownChars  = len(mark) + 6
)

var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newText makes a token: the mark, 256 random bits, and a check sum over both, by which a scanner tells a token from what looks like one.
func newText() string {
	b := make([]byte, secretBytes)
	rand.Read(b)
	text := mark + alphabet.EncodeToString(b)
	return text + sum(text)
}

func sum(text string) string {
	n := crc32.ChecksumIEEE([]byte(text))
	return alphabet.EncodeToString([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// Shaped tells whether a text is a token that this program could have made. Nothing else is ever looked up.
func Shaped(text string) bool {
	if len(text) != len(mark)+secretChars+sumChars || !strings.HasPrefix(text, mark) {
		return false
	}
	body := text[:len(mark)+secretChars]
	return sum(body) == text[len(body):]
}
