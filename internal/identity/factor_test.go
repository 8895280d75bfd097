package identity_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/crypt/totp"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

// pending is the secret that somebody is shown who sets a second factor up.
func pending(t *testing.T, w *worldtest.World, person string) string {
	t.Helper()
	var set identity.SetUp
	session := ""
	w.Write(func(tx *store.Tx) (err error) {
		session, err = store.One[string](tx, `SELECT scheme FROM credential WHERE person_id = $1 AND kind = 'totp-pending'`, person)
		return err
	})
	set, err := w.Identities.PendingSetUp(t.Context(), person, session, "anna@kowalski.example")
	if err != nil {
		t.Fatal(err)
	}
	return set.Secret
}

func codeOf(t *testing.T, w *worldtest.World, secret string) string {
	t.Helper()
	code, err := totp.Code(secret, totp.Step(w.Clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestAttack_ID_42_staff_without_a_second_factor_reach_only_its_set_up(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		half, err := signIn(t, w, w.Email("ingrid"), worldtest.Password)
		if err != nil || half.Step != identity.StepSetUp {
			t.Fatalf("%+v %v", half, err)
		}
		_, err = w.ResolveToken(half.Token, "Halden Software")
		refused(t, err, 401, "fault.sign_in")
		secret := pending(t, w, w.ID("ingrid"))
		_, err = w.Identities.ConfirmSetUp(t.Context(), half.Token, other(codeOf(t, w, secret)), visit)
		at(t, err, "code", "identity.wrong_code")
		_, err = w.Identities.TOTP(t.Context(), half.Token, codeOf(t, w, secret), visit)
		refused(t, err, 401, "fault.sign_in")
		whole, err := w.Identities.ConfirmSetUp(t.Context(), half.Token, codeOf(t, w, secret), visit)
		if err != nil {
			t.Fatal(err)
		}
		ingrid, err := w.ResolveToken(whole.Token, "Halden Software")
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Add(time.Minute)
		err = w.Identities.DisableFactor(t.Context(), ingrid, codeOf(t, w, secret))
		refused(t, err, 409, "identity.factor_needed")
		if l := w.Letter(w.Email("ingrid")); l.Subject != "Second factor turned on" {
			t.Errorf("%q", l.Subject)
		}
	})
}

// Whoever becomes staff in the middle of a session without a second factor is not staff in that session.
func TestAttack_ID_42_a_session_without_a_second_factor_is_not_staff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		token := w.SignIn("anna")
		w.Write(func(tx *store.Tx) error {
			return w.Accounts.Join(tx, w.Program(""), w.ID("anna"), w.Org("").ID, account.Active, false, account.Operator)
		})
		_, err := w.ResolveToken(token, "Halden Software")
		refused(t, err, 404, "fault.not_found")
		if _, err := w.ResolveToken(token, "Kowalski"); err != nil {
			t.Error(err)
		}
	})
}

func TestAttack_ID_40_a_code_works_once_also_in_parallel_and_for_its_owner_only(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Person("karl", "", account.Helpdesk)
		w.Write(func(tx *store.Tx) error {
			if err := w.Identities.Enrol(tx, w.ID("ingrid"), worldtest.Secret, 0); err != nil {
				return err
			}
			return w.Identities.Enrol(tx, w.ID("karl"), totp.NewSecret(), 0)
		})
		karl, err := signIn(t, w, w.Email("karl"), worldtest.Password)
		w.Need(err)
		_, err = w.Identities.TOTP(t.Context(), karl.Token, w.Code(), visit)
		at(t, err, "code", "identity.wrong_code")

		half, err := signIn(t, w, w.Email("ingrid"), worldtest.Password)
		w.Need(err)
		var in atomic.Int64
		var all sync.WaitGroup
		for i := range 50 {
			v := visit
			v.Address = "2001:db8:" + string("0123456789abcdef"[i%16]) + string("0123456789abcdef"[i/16]) + "::1" // or their failures slow each other down
			all.Go(func() {
				if _, err := w.Identities.TOTP(t.Context(), half.Token, w.Code(), v); err == nil {
					in.Add(1)
				} else if s := fault.Status(err); s != 401 && s != 422 && s != 429 {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("one code let %d in", in.Load())
		}
	})
}

func TestFactor_of_ones_own_is_set_up_and_removed_against_its_codes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		anna := w.Actor("anna")
		w.Need(w.Identities.BeginFactor(t.Context(), anna))
		secret := pending(t, w, anna.Person)
		_, err := w.Identities.EnableFactor(t.Context(), anna, other(codeOf(t, w, secret)))
		at(t, err, "code", "identity.wrong_code")
		if out, err := signIn(t, w, w.Email("anna"), worldtest.Password); err != nil || out.Step != identity.StepDone {
			t.Fatalf("a factor that was never confirmed is asked for: %+v %v", out, err)
		}
		_, err = w.Identities.EnableFactor(t.Context(), anna, codeOf(t, w, secret))
		w.Need(err)
		refused(t, w.Identities.BeginFactor(t.Context(), anna), 409, "identity.factor_exists")
		_, err = w.Identities.EnableFactor(t.Context(), anna, codeOf(t, w, secret)) // nothing is being set up
		at(t, err, "code", "identity.wrong_code")
		if out, err := signIn(t, w, w.Email("anna"), worldtest.Password); err != nil || out.Step != identity.StepTOTP {
			t.Fatalf("%+v %v", out, err)
		}
		at(t, w.Identities.DisableFactor(t.Context(), anna, codeOf(t, w, secret)), "code", "identity.wrong_code") // used already
		w.Clock.Add(time.Minute)
		w.Need(w.Identities.DisableFactor(t.Context(), anna, codeOf(t, w, secret)))
		if out, err := signIn(t, w, w.Email("anna"), worldtest.Password); err != nil || out.Step != identity.StepDone {
			t.Errorf("%+v %v", out, err)
		}
		var said []string
		for _, l := range w.Letters(w.Email("anna")) {
			said = append(said, l.Subject)
		}
		if slices.Sort(said); !slices.Equal(said, []string{"Second factor removed", "Second factor turned on"}) {
			t.Errorf("%q", said)
		}
	})
}

func TestFactor_secrets_rest_sealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.SignIn("ingrid")
		if n := w.Count(`SELECT count(*) FROM credential WHERE kind = 'totp' AND secret LIKE '%' || $1 || '%'`, worldtest.Secret); n != 0 {
			t.Error("the secret rests in clear")
		}
		if n := w.Count(`SELECT count(*) FROM credential WHERE kind = 'totp'`); n != 1 {
			t.Errorf("%d factors", n)
		}
	})
}
