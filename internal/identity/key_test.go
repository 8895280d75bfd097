package identity_test

import (
	"testing"

	"lodge/internal/identity"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
)

// A code that was mailed before the key file got its new key is good as long as both keys are in it.
func TestAttack_OPS_15_a_mailed_code_outlives_the_beginning_of_a_change_of_keys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		imported(t, w, "piotr@kowalski.example", "altes Wort", false)
		half, err := signIn(t, w, "piotr@kowalski.example", "altes Wort")
		w.Need(err)
		code := codeIn(t, w, "piotr@kowalski.example")
		w.Need(w.Keys.Rotate())
		_, err = w.Identities.Code(t.Context(), half.Token, other(code), visit)
		refused(t, err, 422, "fault.invalid")
		if out, err := w.Identities.Code(t.Context(), half.Token, code, visit); err != nil || out.Step != identity.StepDone {
			t.Errorf("%+v %v", out, err)
		}
	})
}
