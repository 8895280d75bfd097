package token_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/api"
	"lodge/internal/platform/event"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/token"
	"lodge/internal/worldtest"
)

const (
	read  who.Action = "test.read"
	write who.Action = "test.write"
)

var scopes = token.Scopes{{Name: "things:read", Rights: []who.Action{read}}, {Name: "things:write", Rights: []who.Action{write}, Also: []who.Action{read}}}

// world has Anna, who administers Kowalski and reads, and Ewa, who is in it; and Tom of the partner, who reads and writes for it.
func world(t *testing.T, db *store.DB) (*worldtest.World, *token.Tokens) {
	w := worldtest.New(t, db).Vendor().Partner("Brightwater").Customer("Kowalski").Customer("Dubois").
		Person("anna", "Kowalski", account.SecurityAdministrator).Person("ewa", "Kowalski").Person("claire", "Dubois", account.SecurityAdministrator).
		Person("tom", "Brightwater", account.SecurityAdministrator, account.PartnerOperator).Acts("Brightwater", "Kowalski", account.SupportAdvanced)
	w.Roles[account.SecurityAdministrator] = append(w.Roles[account.SecurityAdministrator], token.Manage, read)
	w.Roles[account.SupportAdvanced] = append(w.Roles[account.SupportAdvanced], read, write)
	return w, &token.Tokens{Store: db, Events: w.Events, Accounts: w.Accounts, Roles: w.Roles, Scopes: scopes}
}

func resolve(t *testing.T, s *token.Tokens, text string) (api.Caller, error) {
	t.Helper()
	return s.Resolve(t.Context(), api.Asked{Token: text, Address: "192.0.2.1"})
}

func TestAttack_API_01_the_old_token_ends_on_time_after_its_replacement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, s := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		old, err := s.Make(t.Context(), anna, token.New{Name: "CRM", Scopes: []string{"things:read"}, Days: 90})
		w.Need(err)
		all, err := s.List(t.Context(), anna)
		w.Need(err)
		next, err := s.Replace(t.Context(), anna, all[0].ID)
		w.Need(err)
		if next == old || !token.Shaped(next) {
			t.Fatalf("%s after %s", next, old)
		}
		w.Clock.Add(24*time.Hour - time.Second)
		for _, text := range []string{old, next} {
			if _, err := resolve(t, s, text); err != nil {
				t.Errorf("within the day: %v", err)
			}
		}
		w.Clock.Add(2 * time.Second)
		if _, err := resolve(t, s, old); fault.Status(err) != 401 {
			t.Errorf("the old one lives on: %v", err)
		}
		if _, err := resolve(t, s, next); err != nil {
			t.Error(err)
		}
		if _, err := s.Replace(t.Context(), anna, all[0].ID); !fault.Is(err, "fault.prove") {
			t.Errorf("a day after the sign-in: %v", err)
		}
		anna.Proved = w.Clock.Now()
		if _, err := s.Replace(t.Context(), anna, all[0].ID); fault.Status(err) != 404 {
			t.Errorf("an ended token is replaced: %v", err)
		}
		w.Clock.Add(90 * 24 * time.Hour)
		if _, err := resolve(t, s, next); fault.Status(err) != 401 {
			t.Errorf("it does not expire: %v", err)
		}
	})
}

func TestAttack_API_02_rights_are_those_of_present_roles_within_the_scopes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, s := world(t, db)
		anna, tom := w.Actor("anna", "Kowalski"), w.Actor("tom", "Brightwater")
		if _, err := s.Make(t.Context(), anna, token.New{Name: "x", Scopes: []string{"things:write"}, Days: 1}); fault.Status(err) != 403 {
			t.Errorf("Anna, who does not write, gives things:write: %v", err)
		}
		if _, err := s.Make(t.Context(), w.Actor("ewa", "Kowalski"), token.New{Name: "x", Scopes: []string{"things:read"}, Days: 1}); fault.Status(err) != 403 {
			t.Errorf("Ewa makes tokens: %v", err)
		}
		text, err := s.Make(t.Context(), tom, token.New{Name: "x", Scopes: []string{"things:read"}, Days: 1})
		w.Need(err)
		c, err := resolve(t, s, text)
		w.Need(err)
		if !c.Actor.May(read) || c.Actor.May(token.Manage) || c.Actor.May(account.ViewHome) || c.Actor.Name != tom.Name || c.Owner != tom.Org {
			t.Errorf("%+v", c)
		}
		customer := w.Actor("anna", "Kowalski").Number
		behind, err := s.Resolve(t.Context(), api.Asked{Token: text, Customer: customer})
		w.Need(err)
		if behind.Actor.Source != who.Partnership || !behind.Actor.May(read) || behind.Actor.May(write) || !behind.Held[write] {
			t.Errorf("%+v", behind.Actor)
		}
		stranger := w.Actor("claire", "Dubois").Number
		for _, number := range []int64{stranger, 99999} {
			if c, err := s.Resolve(t.Context(), api.Asked{Token: text, Customer: number}); fault.Status(err) != 404 || c.Actor.Org != "" && c.Actor.Org != tom.Org {
				t.Errorf("for %d: %v %+v", number, err, c.Actor)
			}
		}
	})
}

func TestAttack_API_02_tokens_are_the_business_of_the_own_organisation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, s := world(t, db)
		anna, claire := w.Actor("anna", "Kowalski"), w.Actor("claire", "Dubois")
		text, err := s.Make(t.Context(), anna, token.New{Name: "CRM", Scopes: []string{"things:read"}, Days: 90})
		w.Need(err)
		all, err := s.List(t.Context(), anna)
		w.Need(err)
		if theirs, err := s.List(t.Context(), claire); err != nil || len(theirs) != 0 {
			t.Errorf("%v %v", theirs, err)
		}
		if err := s.Revoke(t.Context(), claire, all[0].ID); fault.Status(err) != 404 {
			t.Errorf("another organisation revokes: %v", err)
		}
		if _, err := s.Replace(t.Context(), claire, all[0].ID); fault.Status(err) != 404 {
			t.Errorf("another organisation replaces: %v", err)
		}
		staff := anna
		staff.Source = who.Staff
		if _, err := s.Make(t.Context(), staff, token.New{Name: "x", Scopes: []string{"things:read"}, Days: 1}); fault.Status(err) != 404 {
			t.Errorf("staff makes a customer's token: %v", err)
		}
		w.Need(s.Revoke(t.Context(), anna, all[0].ID))
		if _, err := resolve(t, s, text); fault.Status(err) != 401 {
			t.Error(err)
		}
	})
}

func TestAFormSentTwiceMakesOneTokenAndShowsItOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, s := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		anna.Key = "the same form"
		in := token.New{Name: "CRM", Scopes: []string{"things:read"}, Days: 90}
		_, err := s.Make(t.Context(), anna, in)
		w.Need(err)
		if text, err := s.Make(t.Context(), anna, in); !fault.Is(err, "token.shown") || text != "" {
			t.Errorf("%q %v", text, err)
		}
		if all, err := s.List(t.Context(), anna); err != nil || len(all) != 1 {
			t.Errorf("%d %v", len(all), err)
		}
	})
}

func TestWhatIsWrongWithATokenIsSaidAtItsField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, s := world(t, db)
		anna := w.Actor("anna", "Kowalski")
		for field, in := range map[string]token.New{
			"name":   {Scopes: []string{"things:read"}, Days: 1},
			"scopes": {Name: "x", Days: 1},
			"days":   {Name: "x", Scopes: []string{"things:read"}, Days: 367},
		} {
			_, err := s.Make(t.Context(), anna, in)
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.At(field).Key == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, err := s.Make(t.Context(), anna, token.New{Name: "x", Scopes: []string{"everything"}, Days: 1}); fault.Status(err) != 422 {
			t.Errorf("%v", err)
		}
	})
}

func TestTheTextOfATokenProvesItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, s := world(t, db)
		text, err := s.Make(t.Context(), w.Actor("anna", "Kowalski"), token.New{Name: "x", Scopes: []string{"things:read"}, Days: 1})
		w.Need(err)
		if !token.Shaped(text) || !strings.HasPrefix(text, "lodge_") {
			t.Fatal(text)
		}
		for i := range text {
			other := []byte(text)
			if other[i]++; token.Shaped(string(other)) {
				t.Errorf("%s is taken for a token", other)
			}
		}
		if token.Shaped(text+"a") || token.Shaped(text[1:]) || token.Shaped("") {
			t.Error("another length is taken for a token")
		}
	})
}

func TestEachRightStandsInOneScope(t *testing.T) {
	if scopes.Of(read) != "things:read" || scopes.Of(write) != "things:write" || scopes.Of("other") != "" {
		t.Error("a right opens another scope's operations")
	}
	held := who.Rights{read: true, write: true}
	if got := scopes.Within(held, []string{"things:write"}); !got[read] || !got[write] {
		t.Errorf("%v", got)
	}
	if got := scopes.Within(who.Rights{read: true}, []string{"things:write"}); got[write] {
		t.Errorf("a scope gives a right that is not held: %v", got)
	}
	if got := scopes.Offered(who.Rights{read: true}); !slices.Equal(got, []string{"things:read"}) {
		t.Errorf("%v", got)
	}
}

func TestAttack_ID_09_tokens_of_a_squatter_end_when_the_owner_of_the_address_comes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, s := world(t, db)
		w.Events.Reactions[identity.Reclaimed{}.EventName()] = []event.Reaction{s.OnReclaimed}
		made := func(who, of string) string {
			text, err := s.Make(t.Context(), w.Actor(who, of), token.New{Name: "CRM", Scopes: []string{"things:read"}, Days: 90})
			w.Need(err)
			return text
		}
		annas := made("anna", "Kowalski")
		claires := made("claire", "Dubois")
		w.Write(func(tx *store.Tx) error { return w.Identities.Reclaim(tx, w.ID("anna"), w.Email("anna")) })
		if _, err := resolve(t, s, annas); fault.Status(err) != 401 {
			t.Errorf("the squatter's token lives: %v", err)
		}
		if _, err := resolve(t, s, claires); err != nil {
			t.Errorf("another's does not: %v", err)
		}
	})
}
