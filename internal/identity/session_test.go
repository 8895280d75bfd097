package identity_test

import (
	"strings"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

func TestAttack_ID_48_a_session_ends_by_idleness_and_for_good_whatever_it_does(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		for key, idle := range map[string]time.Duration{"anna": 12 * time.Hour, "ingrid": 30 * time.Minute} {
			token := w.SignIn(key)
			a, err := w.ResolveToken(token)
			w.Need(err)
			w.Clock.Add(idle - time.Second)
			w.Need(w.Identities.Touch(t.Context(), a.Session))
			w.Clock.Add(idle - time.Second)
			if _, err := w.ResolveToken(token); err != nil {
				t.Errorf("%s: touched, and over all the same: %v", key, err)
			}
			w.Clock.Add(time.Second)
			_, err = w.ResolveToken(token)
			refused(t, err, 401, "fault.sign_in")
			w.Need(w.Identities.Touch(t.Context(), a.Session)) // too late
			_, err = w.ResolveToken(token)
			refused(t, err, 401, "fault.sign_in")
		}
		begun := w.Clock.Now()
		token := w.SignIn("anna")
		a, err := w.ResolveToken(token)
		w.Need(err)
		for w.Clock.Now().Before(begun.Add(30*24*time.Hour - time.Hour)) {
			w.Clock.Add(11 * time.Hour)
			w.Need(w.Identities.Touch(t.Context(), a.Session))
		}
		w.Clock.Set(begun.Add(30*24*time.Hour - time.Second))
		if _, err := w.ResolveToken(token); err != nil {
			t.Errorf("a busy session ended early: %v", err)
		}
		w.Clock.Add(time.Second)
		_, err = w.ResolveToken(token)
		refused(t, err, 401, "fault.sign_in")
	})
}

func TestAttack_ID_48_a_clock_set_back_extends_nothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		begun := w.Clock.Now()
		token := w.SignIn("anna")
		a, err := w.ResolveToken(token)
		w.Need(err)
		w.Clock.Add(2 * time.Hour)
		w.Need(w.Identities.Touch(t.Context(), a.Session))
		w.Clock.Set(begun.Add(-5 * time.Hour))
		w.Need(w.Identities.Touch(t.Context(), a.Session))
		w.Clock.Set(begun.Add(14 * time.Hour))
		_, err = w.ResolveToken(token)
		refused(t, err, 401, "fault.sign_in")
		if n := w.Count(`SELECT count(*) FROM session WHERE id = $1 AND seen_at = $2`, a.Session, begun.Add(2*time.Hour)); n != 1 {
			t.Error("the session was touched in the past")
		}
	})
}

func TestAttack_ID_48_one_sees_and_ends_only_ones_own_sessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		old := w.SignIn("anna")
		w.Clock.Add(time.Second)
		anna, ingrid := w.Actor("anna"), w.Actor("ingrid")
		mine, err := w.Identities.Sessions(t.Context(), anna)
		w.Need(err)
		if len(mine) != 2 || mine[0].Person != anna.Person || mine[1].Person != anna.Person || !mine[0].Current || mine[1].Current {
			t.Fatalf("%+v", mine)
		}
		err = w.Identities.Revoke(t.Context(), ingrid, mine[1].ID)
		refused(t, err, 404, "fault.not_found")
		err = w.Identities.Revoke(t.Context(), ingrid, strings.Repeat("0", 32))
		refused(t, err, 404, "fault.not_found")
		if _, err := w.ResolveToken(old); err != nil {
			t.Errorf("somebody else ended it: %v", err)
		}
		w.Need(w.Identities.Revoke(t.Context(), anna, mine[1].ID))
		w.Need(w.Identities.Revoke(t.Context(), anna, mine[1].ID)) // the form sent twice
		_, err = w.ResolveToken(old)
		refused(t, err, 401, "fault.sign_in")
		if n := w.Count(`SELECT count(*) FROM event WHERE name = 'identity.session_revoked'`); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

func TestAttack_ID_46_a_sign_out_destroys_the_session_and_a_late_request_does_not_revive_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		token := w.SignIn("anna")
		a, err := w.ResolveToken(token)
		w.Need(err)
		w.Clock.Add(5 * time.Minute)
		w.Need(w.Identities.SignOut(t.Context(), a))
		w.Need(w.Identities.Touch(t.Context(), a.Session)) // of a request that was on its way
		w.Write(func(tx *store.Tx) error { return identity.Chosen(tx, a.Session, w.Org("Kowalski").ID) })
		_, err = w.ResolveToken(token)
		refused(t, err, 401, "fault.sign_in")
		if n := w.Count(`SELECT count(*) FROM session WHERE id = $1 AND revoked_at IS NULL`, a.Session); n != 0 {
			t.Error("the session is open")
		}
	})
}

func TestAttack_ID_45_every_step_gives_a_new_session_and_ends_the_one_before(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.SignIn("ingrid")
		w.Clock.Add(time.Minute)
		half, err := signIn(t, w, w.Email("ingrid"), worldtest.Password)
		if err != nil || half.Step != identity.StepTOTP {
			t.Fatalf("%+v %v", half, err)
		}
		whole, err := w.Identities.TOTP(t.Context(), half.Token, w.Code(), visit)
		if err != nil || whole.Token == half.Token {
			t.Fatalf("%+v %v", whole, err)
		}
		_, err = w.Identities.Half(t.Context(), half.Token)
		refused(t, err, 401, "fault.sign_in")
		_, err = w.ResolveToken(half.Token)
		refused(t, err, 401, "fault.sign_in")
		if _, err := w.ResolveToken(whole.Token, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestAttack_ID_39_a_half_session_is_nobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.SignIn("ingrid")
		half, err := signIn(t, w, w.Email("ingrid"), worldtest.Password)
		w.Need(err)
		for _, place := range [][]string{{}, {"Halden Software"}, {"Halden Software", "Kowalski"}} {
			a, err := w.ResolveToken(half.Token, place...)
			refused(t, err, 401, "fault.sign_in")
			if a.Person != "" || a.Rights != nil {
				t.Errorf("%v: %+v", place, a)
			}
		}
		w.Clock.Add(15 * time.Minute)
		_, err = w.Identities.Half(t.Context(), half.Token)
		refused(t, err, 401, "fault.sign_in")
	})
}

func TestAttack_ID_22_no_blank_or_foreign_secret_is_a_session(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		session := w.SignIn("anna")
		reset := asked(t, w, w.Email("anna"), identity.Reset)
		for _, token := range []string{"", " ", "NULL", session[:20], reset, crypt.HashToken(session), strings.Repeat("a", 300)} {
			_, err := w.ResolveToken(token)
			refused(t, err, 401, "fault.sign_in")
		}
		for _, purpose := range []string{identity.Reset, identity.Register, identity.Operator, "code"} {
			if _, err := w.Identities.Proof(t.Context(), purpose, session); !fault.Is(err, "identity.link_over") {
				t.Errorf("a session as %s: %v", purpose, err)
			}
			if _, err := w.Identities.Proof(t.Context(), purpose, reset); (err == nil) != (purpose == identity.Reset) {
				t.Errorf("a reset as %s: %v", purpose, err)
			}
		}
		if _, err := w.ResolveToken(session); err != nil {
			t.Error(err)
		}
	})
}

func TestSignIn_from_a_new_device_is_mailed_and_from_a_known_one_is_not(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.SignIn("anna") // the first one ever: no news
		w.SignIn("anna")
		if all := w.Letters(w.Email("anna")); len(all) != 0 {
			t.Errorf("%+v", all)
		}
		v := visit
		v.Device = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
		if _, err := w.Identities.SignIn(t.Context(), w.Email("anna"), worldtest.Password, v); err != nil {
			t.Fatal(err)
		}
		l := w.Letter(w.Email("anna"))
		if l.Subject != "Sign-in from a new device" || !strings.Contains(l.Text, "Safari, iPhone") || !strings.Contains(l.Text, visit.Address) {
			t.Errorf("%s\n%s", l.Subject, l.Text)
		}
	})
}

func TestSweep_forgets_what_is_long_over_and_nothing_else(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db).Vendor().Customer("Kowalski").Person("anna", "Kowalski", account.SupportRestricted)
		w.SignIn("anna")
		asked(t, w, w.Email("anna"), identity.Reset)
		w.Clock.Add(59 * 24 * time.Hour)
		token := w.SignIn("anna")
		w.Clock.Add(2 * 24 * time.Hour)
		w.Need(w.Identities.Sweep(t.Context()))
		if n := w.Count(`SELECT count(*) FROM session`) + w.Count(`SELECT count(*) FROM proof`); n != 1 {
			t.Errorf("%d rows stay", n)
		}
		if n := w.Count(`SELECT count(*) FROM session WHERE token_hash = $1`, crypt.HashToken(token)); n != 1 {
			t.Error("the newer session is forgotten")
		}
	})
}
