package identity_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
	"lodge/internal/worldtest"
)

// portalAs is the portal as authenticators know it.
var portalAs = virtualwebauthn.RelyingParty{ID: worldtest.Host, Name: "Halden Software", Origin: worldtest.BaseURL}

// authenticator is a device with one passkey, of which the tests turn every screw.
type authenticator struct {
	virtualwebauthn.Authenticator
	key virtualwebauthn.Credential
	rp  virtualwebauthn.RelyingParty
}

func device(person string) *authenticator {
	return &authenticator{virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(person)}),
		newKey(), portalAs}
}

// newKey makes a key pair. The library leaves leading zeros of a coordinate out, which real devices must not: those are thrown away.
func newKey() virtualwebauthn.Credential {
	for {
		if k := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(k.Key.AttestationData()) == 77 {
			return k
		}
	}
}

// made answers to the options of a new passkey.
func (d *authenticator) made(t *testing.T, options string) string {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	return virtualwebauthn.CreateAttestationResponse(d.rp, d.Authenticator, d.key, *o)
}

// shown answers to options that ask for a passkey; its counter goes on as a device's does.
func (d *authenticator) shown(t *testing.T, options string) string {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(options)
	if err != nil {
		t.Fatal(err)
	}
	d.key.Counter++
	return virtualwebauthn.CreateAssertionResponse(d.rp, d.Authenticator, d.key, *o)
}

// add gives a person a passkey by the page's way.
func (d *authenticator) add(t *testing.T, w *worldtest.World, person, name string) {
	t.Helper()
	a := w.Actor(person)
	_, options, err := w.Identities.Passkeys(t.Context(), a)
	w.Need(err)
	w.Need(w.Identities.AddPasskey(t.Context(), a, name, d.made(t, options)))
}

// in signs in by the passkey.
func (d *authenticator) in(t *testing.T, w *worldtest.World) (identity.Started, error) {
	t.Helper()
	options, err := w.Identities.SignInOptions()
	w.Need(err)
	return w.Identities.SignInByPasskey(t.Context(), d.shown(t, options), identity.Visit{Address: visit.Address, Device: "Firefox/140 Android"})
}

func TestPasskey_signs_in_without_password_or_code(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		phone := device(w.ID("anna"))
		phone.add(t, w, "anna", "Anna's phone")
		enabled(t, w, w.Actor("anna")) // a second factor: the passkey is both
		out, err := phone.in(t, w)
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("%+v %v", out, err)
		}
		a, err := w.ResolveToken(out.Token)
		if err != nil || a.Person != w.ID("anna") {
			t.Fatalf("%+v %v", a, err)
		}
		w.Need(a.MustProve(w.Clock.Now()))
		all, _, err := w.Identities.Passkeys(t.Context(), a)
		if err != nil || len(all) != 1 || all[0].Name != "Anna's phone" || !all[0].LastUsed.Equal(w.Clock.Now()) || all[0].Doubtful {
			t.Errorf("%+v %v", all, err)
		}
		told := func(subject string) bool {
			return slices.ContainsFunc(w.Letters(w.Email("anna")), func(l mail.Captured) bool { return l.Subject == subject })
		}
		if !told("New passkey") || !told("Sign-in from a new device") {
			t.Errorf("nothing is said: %v", w.Letters(w.Email("anna")))
		}

		// As the second factor after a password, and to prove oneself once more.
		half := atFactor(t, w, "anna")
		h, err := w.Identities.Half(t.Context(), half)
		w.Need(err)
		options, err := w.Identities.FactorOptions(t.Context(), h)
		w.Need(err)
		other := device(w.ID("anna"))
		_, err = w.Identities.PasskeyFactor(t.Context(), half, other.shown(t, options), visit)
		refused(t, err, 422, "identity.passkey_refused")
		_, err = w.Identities.SignInByPasskey(t.Context(), phone.shown(t, options), visit) // a challenge is for one door
		refused(t, err, 422, "identity.passkey_refused")
		out, err = w.Identities.PasskeyFactor(t.Context(), half, phone.shown(t, options), visit)
		w.Need(err)
		a, err = w.ResolveToken(out.Token)
		w.Need(err)
		w.Clock.Add(who.Lately)
		refused(t, a.MustProve(w.Clock.Now()), 403, "fault.prove")
		options, err = w.Identities.ProofOptions(t.Context(), a)
		w.Need(err)
		w.Need(w.Identities.ProveByPasskey(t.Context(), a, phone.shown(t, options)))
		if a, err = w.ResolveToken(out.Token); err != nil || a.MustProve(w.Clock.Now()) != nil {
			t.Errorf("%+v %v", a, err)
		}

		w.Need(w.Identities.RemovePasskey(t.Context(), a, all[0].ID))
		refused(t, w.Identities.RemovePasskey(t.Context(), a, all[0].ID), 404, "fault.not_found")
		_, err = phone.in(t, w)
		refused(t, err, 422, "identity.passkey_refused")
		if !told("Passkey removed") {
			t.Error("nothing is said of the removal")
		}
	})
}

func TestAttack_ID_43_an_answer_that_lacks_anything_opens_nothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Person("piotr", "Kowalski")
		phone := device(w.ID("anna"))
		phone.add(t, w, "anna", "phone")
		for name, spoil := range map[string]func(d *authenticator){
			"wrong origin":              func(d *authenticator) { d.rp.Origin = "https://portal.example.test.evil.example" },
			"another port":              func(d *authenticator) { d.rp.Origin += ":8443" },
			"wrong RP id":               func(d *authenticator) { d.rp.ID = "evil.example" },
			"no user verification":      func(d *authenticator) { d.Options.UserNotVerified = true },
			"nobody present":            func(d *authenticator) { d.Options.UserNotPresent = true },
			"another person's handle":   func(d *authenticator) { d.Options.UserHandle = []byte(w.ID("piotr")) },
			"a foreign credential id":   func(d *authenticator) { d.key.ID = slices.Clone(d.key.ID); d.key.ID[0] ^= 1 },
			"another key of that id":    func(d *authenticator) { d.key.Key = newKey().Key },
			"a credential made nowhere": func(d *authenticator) { d.key = newKey() },
		} {
			bad := *phone
			spoil(&bad)
			_, err := bad.in(t, w)
			if refused(t, err, 422, "identity.passkey_refused"); t.Failed() {
				t.Fatal(name)
			}
		}

		options, err := w.Identities.SignInOptions()
		w.Need(err)
		answer := phone.shown(t, options)
		var in atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := w.Identities.SignInByPasskey(t.Context(), answer, visit); err == nil {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("one challenge let %d in", in.Load())
		}
		options, err = w.Identities.SignInOptions()
		w.Need(err)
		answer = phone.shown(t, options)
		w.Clock.Add(time.Hour + time.Second)
		_, err = w.Identities.SignInByPasskey(t.Context(), answer, visit)
		refused(t, err, 422, "identity.passkey_late")
		_, err = w.Identities.SignInByPasskey(t.Context(), phone.shown(t, strings.Replace(options, `"challenge":"`, `"challenge":"AAAA`, 1)), visit)
		refused(t, err, 422, "identity.passkey_refused")
		for _, junk := range []string{"", "{}", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("[", 10000)} {
			_, err = w.Identities.SignInByPasskey(t.Context(), junk, visit)
			refused(t, err, 422, "identity.passkey_refused")
		}

		// A counter that goes back tells of a copy: let in, flagged, told.
		phone.key.Counter -= 3
		if _, err = phone.in(t, w); err != nil {
			t.Fatal(err)
		}
		keys, _, err := w.Identities.Passkeys(t.Context(), w.Actor("anna"))
		if err != nil || !keys[0].Doubtful {
			t.Errorf("%+v %v", keys, err)
		}
		if !slices.ContainsFunc(w.Letters(w.Email("anna")), func(l mail.Captured) bool { return l.Subject == "A passkey may have been copied" }) {
			t.Error("nothing is said of the counter")
		}

		// Somebody else's, by hand; and one that is somebody's already.
		for _, p := range []string{"anna", "piotr"} {
			w.Need(w.Identities.Prove(t.Context(), w.Actor(p), worldtest.Password))
		}
		piotr := w.Actor("piotr")
		refused(t, w.Identities.RemovePasskey(t.Context(), piotr, keys[0].ID), 404, "fault.not_found")
		_, options, err = w.Identities.Passkeys(t.Context(), piotr)
		w.Need(err)
		refused(t, w.Identities.AddPasskey(t.Context(), w.Actor("anna"), "phone", device(w.ID("anna")).made(t, options)), 422, "identity.passkey_refused")
		refused(t, w.Identities.AddPasskey(t.Context(), piotr, "phone", phone.made(t, options)), 422, "identity.passkey_refused")
		execute(w, `UPDATE person SET state = 'disabled' WHERE id = $1`, w.ID("anna"))
		_, err = phone.in(t, w)
		refused(t, err, 422, "identity.passkey_refused")
	})
}

// The record of a passkey as this release writes it, and the private key of the device; later releases must still take it.
func TestAttack_ID_43_a_credential_of_an_older_release_still_signs_in(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		var kept struct {
			Record json.RawMessage
			ID     []byte
			Key    []byte // PKCS #8
		}
		b, err := os.ReadFile("testdata/passkey-1.json")
		w.Need(err)
		w.Need(json.Unmarshal(b, &kept))
		execute(w, `INSERT INTO passkey (id, person_id, credential_id, name, record, synced, doubtful, made_at) VALUES ('old', $1, $2, 'old', $3, FALSE, FALSE, $4)`,
			w.ID("anna"), base64.RawURLEncoding.EncodeToString(kept.ID), string(kept.Record), w.Clock.Now())
		phone := device(w.ID("anna"))
		phone.key = virtualwebauthn.NewCredentialWithImportedKey(virtualwebauthn.KeyTypeEC2, kept.Key)
		phone.key.ID, phone.key.Counter = kept.ID, 7
		if _, err := phone.in(t, w); err != nil {
			t.Error(err)
		}
	})
}

// A session alone must not add a way in, and what was added before the mailbox was proven may be a stranger's.
func TestAttack_ID_10_a_passkey_of_an_unproven_mailbox_ends_with_its_proof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		phone := device(w.ID("anna"))
		a := w.Actor("anna")
		_, options, err := w.Identities.Passkeys(t.Context(), a)
		w.Need(err)
		w.Clock.Add(who.Lately)
		refused(t, w.Identities.AddPasskey(t.Context(), w.Actor("anna"), "phone", phone.made(t, options)), 403, "fault.prove")
		w.Need(w.Identities.Prove(t.Context(), a, worldtest.Password))
		phone.add(t, w, "anna", "phone")
		_, err = take(t, w, identity.Reset, asked(t, w, w.Email("anna"), identity.Reset), newPassword)
		w.Need(err)
		if _, err := phone.in(t, w); err != nil {
			t.Errorf("of a proven mailbox: %v", err)
		}
		execute(w, `UPDATE person SET email_proven_at = NULL WHERE id = $1`, w.ID("anna"))
		_, err = take(t, w, identity.Reset, asked(t, w, w.Email("anna"), identity.Reset), newPassword)
		w.Need(err)
		_, err = phone.in(t, w)
		refused(t, err, 422, "identity.passkey_refused")
	})
}

// Where a second factor is wanted of somebody who has passkeys alone, they count as it: a password does not prove, none is set up past them, and the last one stays.
func TestPasskey_is_the_second_factor_of_somebody_who_must_have_one(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		phone := device(w.ID("anna"))
		w.Need(w.Accounts.SetPolicy(t.Context(), w.Program(""), account.FactorAdministrators))
		half, err := signIn(t, w, w.Email("anna"), worldtest.Password)
		if err != nil || half.Step != identity.StepSetUp {
			t.Fatalf("%+v %v", half, err)
		}
		execute(w, `INSERT INTO passkey (id, person_id, credential_id, name, record, synced, doubtful, made_at) VALUES ('elsewhere', $1, 'x', 'x', '{}', FALSE, FALSE, $2)`, w.ID("anna"), w.Clock.Now())
		_, err = w.Identities.ConfirmSetUp(t.Context(), half.Token, codeOf(t, w, pending(t, w, w.ID("anna"))), visit)
		refused(t, err, 409, "identity.factor_exists")
		execute(w, `DELETE FROM passkey`)
		w.Need(w.Accounts.SetPolicy(t.Context(), w.Program(""), account.FactorStaff))
		phone.add(t, w, "anna", "phone")
		w.Need(w.Accounts.SetPolicy(t.Context(), w.Program(""), account.FactorAdministrators))
		if out, err := signIn(t, w, w.Email("anna"), worldtest.Password); err != nil || out.Step != identity.StepTOTP {
			t.Errorf("after the password: %+v %v", out, err)
		}
		out, err := phone.in(t, w)
		w.Need(err)
		a, err := w.ResolveToken(out.Token)
		w.Need(err)
		refused(t, w.Identities.Prove(t.Context(), a, worldtest.Password), 422, "identity.passkey_needed")
		keys, _, err := w.Identities.Passkeys(t.Context(), a)
		w.Need(err)
		refused(t, w.Identities.RemovePasskey(t.Context(), a, keys[0].ID), 409, "identity.factor_needed")
		if _, err = phone.in(t, w); err != nil {
			t.Errorf("it was removed all the same: %v", err)
		}
	})
}

func execute(w *worldtest.World, q string, args ...any) {
	w.Write(func(tx *store.Tx) error {
		_, err := tx.Exec(q, args...)
		return err
	})
}
