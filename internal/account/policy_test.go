package account_test

import (
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

// Where the vendor asks it of everybody who can change others' rights, administrators and supervisors reach the set-up of a second factor and nothing else: signed in before, signed in after,
// and made one in between. Everybody else signs in as before.
func TestAttack_ID_42_supervisors_and_administrators_without_a_second_factor_reach_only_its_set_up(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := world(t, db).Person("sofia", "Kowalski", account.LicenceSupervisor).Person("marta", "Kowalski").Person("jan", "Kowalski", account.SupportAdvanced)
		vendor := w.Program("")
		before := map[string]string{}
		for _, key := range []string{"anna", "sofia", "marta", "jan"} {
			before[key] = w.SignIn(key)
			if _, err := w.ResolveToken(before[key], "Kowalski"); err != nil {
				t.Fatalf("%s before: %v", key, err)
			}
		}
		at(t, w.Accounts.SetPolicy(t.Context(), vendor, "everybody"), "policy", "account.policy_unknown")
		refused(t, w.Accounts.SetPolicy(t.Context(), w.Actor("anna", "Kowalski"), account.FactorStaff), 403, "fault.forbidden")
		w.Need(w.Accounts.SetPolicy(t.Context(), vendor, account.FactorAdministrators))

		step := func(key, want string) identity.Started {
			out, err := w.Identities.SignIn(t.Context(), w.Email(key), worldtest.Password, worldtest.Visit)
			if err != nil || out.Step != want {
				t.Errorf("%s: step %q, want %q, %v", key, out.Step, want, err)
			}
			return out
		}
		for key, step0 := range map[string]string{"anna": identity.StepSetUp, "sofia": identity.StepSetUp, "marta": identity.StepDone, "jan": identity.StepDone} {
			_, err := w.ResolveToken(before[key], "Kowalski")
			if open := err == nil; open != (step0 == identity.StepDone) {
				t.Errorf("the session of %s from before: %v", key, err)
			}
			step(key, step0)
		}
		half := step("sofia", identity.StepSetUp)
		_, err := w.ResolveToken(half.Token, "Kowalski")
		refused(t, err, 401, "fault.sign_in")
		h, err := w.Identities.Half(t.Context(), half.Token)
		w.Need(err)
		set, err := w.Identities.PendingSetUp(t.Context(), h.Person, h.Session, h.Email)
		w.Need(err)
		code, err := totp.Code(set.Secret, totp.Step(w.Clock.Now()))
		w.Need(err)
		whole, err := w.Identities.ConfirmSetUp(t.Context(), half.Token, code, worldtest.Visit)
		w.Need(err)
		sofia, err := w.ResolveToken(whole.Token, "Kowalski")
		if err != nil || !sofia.Is(account.LicenceSupervisor) {
			t.Fatalf("with the factor: %+v %v", sofia, err)
		}
		w.Clock.Add(time.Minute)
		code, err = totp.Code(set.Secret, totp.Step(w.Clock.Now()))
		w.Need(err)
		refused(t, w.Identities.DisableFactor(t.Context(), sofia, code), 409, "identity.factor_needed")

		// Made a supervisor in the middle of a session: it ends, and the next one asks.
		w.Roles[account.LicenceSupervisor] = append(w.Roles[account.LicenceSupervisor], account.StageRoles)
		sofia, err = w.ResolveToken(whole.Token, "Kowalski")
		w.Need(err)
		contact := ""
		w.Read(func(tx *store.Tx) (err error) {
			contact, err = store.One[string](tx, `SELECT id FROM membership WHERE person_id = $1`, w.ID("marta"))
			return err
		})
		w.Need(w.Accounts.Stage(t.Context(), sofia, contact, []string{account.LicenceSupervisor}, nil))
		_, err = w.Accounts.Apply(t.Context(), sofia)
		w.Need(err)
		_, err = w.ResolveToken(before["marta"], "Kowalski")
		refused(t, err, 401, "fault.sign_in")
		step("marta", identity.StepSetUp)

		// Whatever made somebody an administrator: a session without a second factor opens nothing there.
		w.Write(func(tx *store.Tx) error {
			return w.Accounts.Join(tx, vendor, w.ID("jan"), w.Org("Dubois").ID, account.Active, false, account.SecurityAdministrator)
		})
		_, err = w.ResolveToken(before["jan"], "Dubois")
		refused(t, err, 404, "fault.not_found")
		if _, err := w.ResolveToken(before["jan"], "Kowalski"); err != nil {
			t.Errorf("where he is none: %v", err)
		}

		w.Need(w.Accounts.SetPolicy(t.Context(), vendor, account.FactorStaff))
		step("anna", identity.StepDone)
		if n := w.Count(`SELECT count(*) FROM event WHERE name = 'account.policy_changed' AND org_id = $1`, w.Org("").ID); n != 2 {
			t.Errorf("%d lines in the vendor's log", n)
		}
	})
}
