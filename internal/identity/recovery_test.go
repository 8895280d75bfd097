package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/number"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

// enabled gives somebody a second factor by the pages' way, and its secret and recovery codes.
func enabled(t *testing.T, w *worldtest.World, a who.Actor) (secret string, codes []string) {
	t.Helper()
	w.Need(w.Identities.BeginFactor(t.Context(), a))
	secret = pending(t, w, a.Person)
	codes, err := w.Identities.EnableFactor(t.Context(), a, codeOf(t, w, secret))
	w.Need(err)
	w.Clock.Add(time.Minute)
	return secret, codes
}

// atFactor signs somebody in up to the second factor.
func atFactor(t *testing.T, w *worldtest.World, person string) string {
	t.Helper()
	half, err := signIn(t, w, w.Email(person), worldtest.Password)
	if err != nil || half.Step != identity.StepTOTP {
		t.Fatalf("%+v %v", half, err)
	}
	return half.Token
}

func TestAttack_ID_40_a_recovery_code_works_once_also_in_parallel_and_for_its_owner_only(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Person("piotr", "Kowalski")
		secret, codes := enabled(t, w, w.Actor("anna"))
		_, others := enabled(t, w, w.Actor("piotr"))
		distinct := map[string]bool{}
		for _, c := range codes {
			distinct[c] = true
			if parsed, err := number.ParseRecovery(c); err != nil || parsed != c {
				t.Errorf("%s: %v", c, err)
			}
		}
		if len(distinct) != 10 {
			t.Fatalf("%d codes: %v", len(distinct), codes)
		}
		if n := w.Count(`SELECT count(*) FROM recovery_code WHERE code_hash = $1`, codes[0]); n != 0 {
			t.Error("a code rests in clear")
		}
		_, err := w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), others[0], visit)
		at(t, err, "code", "identity.wrong_code")

		half := atFactor(t, w, "anna")
		var in atomic.Int64
		var all sync.WaitGroup
		for i := range 50 {
			v := visit
			v.Address = fmt.Sprintf("2001:db8:%x::1", i)
			all.Go(func() {
				if _, err := w.Identities.TOTP(t.Context(), half, codes[3], v); err == nil {
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
		w.Clock.Add(time.Hour) // what failed is forgotten
		_, err = w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), codes[3], visit)
		at(t, err, "code", "identity.wrong_code")
		if _, err = w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), " "+strings.ToLower(strings.ReplaceAll(codes[4], "-", " ")), visit); err != nil {
			t.Errorf("as people type it: %v", err)
		}
		if n, err := w.Identities.RecoveryLeft(t.Context(), w.Actor("anna")); err != nil || n != 8 {
			t.Errorf("%d left, %v", n, err)
		}
		told := slices.ContainsFunc(w.Letters(w.Email("anna")), func(l mail.Captured) bool {
			return l.Subject == "A recovery code was used" && strings.Contains(l.Text, "Codes left: 8")
		})
		if !told {
			t.Errorf("nothing is said: %v", w.Letters(w.Email("anna")))
		}

		w.Clock.Add(time.Minute)
		fresh, err := w.Identities.NewRecovery(t.Context(), w.Actor("anna"), codeOf(t, w, secret))
		if err != nil || len(fresh) != 10 || slices.Contains(fresh, codes[0]) {
			t.Fatalf("%v %v", fresh, err)
		}
		_, err = w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), codes[0], visit)
		at(t, err, "code", "identity.wrong_code")
		if _, err = w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), fresh[0], visit); err != nil {
			t.Error(err)
		}
	})
}

func TestFactor_is_replaced_where_the_phone_is_lost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		anna := w.Actor("anna")
		old, codes := enabled(t, w, anna)
		at(t, w.Identities.ReplaceFactor(t.Context(), anna, other(codeOf(t, w, old))), "code", "identity.wrong_code")
		if _, err := w.Identities.PendingSetUp(t.Context(), anna.Person, anna.Session, anna.Email); !fault.Is(err, "fault.not_found") {
			t.Errorf("a wrong code began it: %v", err)
		}
		w.Clock.Add(time.Hour)
		w.Need(w.Identities.ReplaceFactor(t.Context(), anna, codes[0]))
		begun := pending(t, w, anna.Person)
		other, err := w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), codeOf(t, w, old), visit)
		if err != nil {
			t.Errorf("the old app holds until the new one has shown a code: %v", err)
		}
		stolen := other.Token
		w.Clock.Add(16 * time.Minute) // whoever finds the browser open later sees no secret and can turn nothing on
		if _, err := w.Identities.PendingSetUp(t.Context(), anna.Person, anna.Session, anna.Email); !fault.Is(err, "fault.not_found") {
			t.Errorf("after a while: %v", err)
		}
		_, err = w.Identities.EnableFactor(t.Context(), anna, codeOf(t, w, begun))
		at(t, err, "code", "identity.wrong_code")

		w.Need(w.Identities.ReplaceFactor(t.Context(), anna, codes[1]))
		thief, err := w.ResolveToken(stolen)
		w.Need(err)
		if _, err := w.Identities.PendingSetUp(t.Context(), thief.Person, thief.Session, thief.Email); !fault.Is(err, "fault.not_found") {
			t.Errorf("another session is shown the secret: %v", err)
		}
		_, err = w.Identities.EnableFactor(t.Context(), thief, codeOf(t, w, pending(t, w, anna.Person)))
		at(t, err, "code", "identity.wrong_code")
		fresh := pending(t, w, anna.Person)
		again, err := w.Identities.EnableFactor(t.Context(), anna, codeOf(t, w, fresh))
		if err != nil || len(again) != 10 {
			t.Fatalf("%v %v", again, err)
		}
		w.Clock.Add(time.Minute)
		_, err = w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), codeOf(t, w, old), visit)
		at(t, err, "code", "identity.wrong_code")
		if _, err := w.Identities.TOTP(t.Context(), atFactor(t, w, "anna"), codeOf(t, w, fresh), visit); err != nil {
			t.Error(err)
		}

		_, err = w.ResolveToken(stolen)
		gone(t, err) // a session that has not shown the new factor

		w.Need(w.Identities.DisableFactor(t.Context(), anna, again[0]))
		if n := w.Count(`SELECT count(*) FROM recovery_code WHERE person_id = $1`, anna.Person); n != 0 {
			t.Errorf("%d codes of a factor that is gone", n)
		}
	})
}

// Staff get theirs at the sign-in that sets the factor up.
func TestFactor_set_up_at_the_sign_in_gives_recovery_codes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		half, err := signIn(t, w, w.Email("ingrid"), worldtest.Password)
		w.Need(err)
		whole, err := w.Identities.ConfirmSetUp(t.Context(), half.Token, codeOf(t, w, pending(t, w, w.ID("ingrid"))), visit)
		if err != nil || len(whole.Recovery) != 10 {
			t.Fatalf("%+v %v", whole, err)
		}
		if _, err := w.Identities.TOTP(t.Context(), atFactor(t, w, "ingrid"), whole.Recovery[0], visit); err != nil {
			t.Error(err)
		}
	})
}
