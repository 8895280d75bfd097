package identity_test

import (
	"testing"

	"lodge/internal/identity"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

func TestProfile_is_saved_once_and_never_over_an_unseen_change(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		anna := w.Actor("anna")
		p, err := w.Identities.Profile(t.Context(), anna)
		w.Need(err)
		p.LastName, p.Language, p.Zone, p.Phone = "Nowak", "pl", "Europe/Warsaw", "+48 42 000 00 00"
		anna.Key = "the form"
		w.Need(w.Identities.SaveProfile(t.Context(), anna, p, lang.Languages))
		w.Need(w.Identities.SaveProfile(t.Context(), anna, p, lang.Languages)) // sent twice
		if n := w.Count(`SELECT count(*) FROM event WHERE name = 'identity.profile_changed'`); n != 1 {
			t.Errorf("%d events", n)
		}
		anna.Key = "another form"
		refused(t, w.Identities.SaveProfile(t.Context(), anna, p, lang.Languages), 409, "identity.profile_changed_meanwhile")
		got, err := w.Identities.Profile(t.Context(), anna)
		w.Need(err)
		if got.LastName != "Nowak" || got.Language != "pl" || got.Zone != "Europe/Warsaw" || got.Version != p.Version+1 {
			t.Errorf("%+v", got)
		}
		if a := w.Actor("anna", "Kowalski"); a.Language != "pl" || a.Zone.String() != "Europe/Warsaw" || a.Name != "Anna Nowak" {
			t.Errorf("%+v", a)
		}
	})
}

func TestProfile_is_held_to_its_rules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		anna := w.Actor("anna")
		err := w.Identities.SaveProfile(t.Context(), anna, identity.Profile{FirstName: " ", LastName: string(make([]rune, 101)), Language: "xx", Zone: "Local",
			Phone: "01234567890123456789012345678901234567890"}, lang.Languages)
		for field, code := range map[string]string{"first_name": "identity.name_missing", "last_name": "identity.name_long", "language": "identity.language_unknown",
			"zone": "identity.zone_unknown", "phone": "identity.phone_long"} {
			at(t, err, field, code)
		}
	})
}

func TestPersonal_use_cases_are_refused_to_nobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		nobody, s, ctx := who.Actor{}, w.Identities, t.Context()
		for name, act := range map[string]func() error{
			"Profile":        func() error { _, err := s.Profile(ctx, nobody); return err },
			"SaveProfile":    func() error { return s.SaveProfile(ctx, nobody, identity.Profile{}, nil) },
			"ChangePassword": func() error { return s.ChangePassword(ctx, nobody, "", "") },
			"Sessions":       func() error { _, err := s.Sessions(ctx, nobody); return err },
			"Revoke":         func() error { return s.Revoke(ctx, nobody, "x") },
			"SignOut":        func() error { return s.SignOut(ctx, nobody) },
			"BeginFactor":    func() error { return s.BeginFactor(ctx, nobody) },
			"EnableFactor":   func() error { _, err := s.EnableFactor(ctx, nobody, ""); return err },
			"ReplaceFactor":  func() error { return s.ReplaceFactor(ctx, nobody, "") },
			"NewRecovery":    func() error { _, err := s.NewRecovery(ctx, nobody, ""); return err },
			"RecoveryLeft":   func() error { _, err := s.RecoveryLeft(ctx, nobody); return err },
			"DisableFactor":  func() error { return s.DisableFactor(ctx, nobody, "") },
		} {
			if err := act(); err == nil {
				t.Errorf("%s is open to nobody", name)
			} else {
				refused(t, err, 401, "fault.sign_in")
			}
		}
	})
}
