package identity_test

import (
	"testing"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

// Ten minutes after the sign-in a session is not enough for what is one's own; the password is, or the second factor where there is one.
func TestProve_by_password_or_second_factor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.Need(w.Actor("anna").MustProve(w.Clock.Now()))
		w.Clock.Add(who.Lately)
		anna := w.Actor("anna")
		refused(t, anna.MustProve(w.Clock.Now()), 403, "fault.prove")
		refused(t, w.Identities.BeginFactor(t.Context(), anna), 403, "fault.prove")
		at(t, w.Identities.Prove(t.Context(), anna, "not the password"), "current", "identity.wrong_current")
		refused(t, w.Actor("anna").MustProve(w.Clock.Now()), 403, "fault.prove")
		w.Clock.Add(time.Hour) // what failed is forgotten
		w.Need(w.Identities.Prove(t.Context(), anna, worldtest.Password))
		w.Need(w.Actor("anna").MustProve(w.Clock.Now()))
		other, err := w.ResolveToken(w.SignIn("anna"))
		w.Need(err)

		secret, codes := enabled(t, w, w.Actor("anna"))
		_, err = w.ResolveToken(other.Session) // ended by the new factor; and a session's id is no token
		gone(t, err)
		w.Clock.Add(who.Lately)
		anna = w.Actor("anna")
		at(t, w.Identities.Prove(t.Context(), anna, worldtest.Password), "code", "identity.wrong_code")
		w.Clock.Add(time.Hour)
		w.Need(w.Identities.Prove(t.Context(), anna, codeOf(t, w, secret)))
		w.Need(w.Actor("anna").MustProve(w.Clock.Now()))
		w.Clock.Add(who.Lately)
		w.Need(w.Identities.Prove(t.Context(), w.Actor("anna"), codes[0]))
		w.Need(w.Actor("anna").MustProve(w.Clock.Now()))
	})
}
