package identity_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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

var visit = worldtest.Visit

// kowalski is a vendor with Ingrid and a customer with Anna.
func kowalski(t *testing.T, db *store.DB) *worldtest.World {
	t.Helper()
	return worldtest.New(t, db).Vendor().Customer("Kowalski").
		Person("anna", "Kowalski", account.SecurityAdministrator).Person("ingrid", "", account.Helpdesk)
}

// refused checks that an error is the fault with this code.
func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	if fault.Status(err) != status || !fault.Is(err, code) {
		t.Errorf("got %v (%d), want %s (%d)", err, fault.Status(err), code, status)
	}
}

// at checks that an error is a 422 with this message at the field.
func at(t *testing.T, err error, field, code string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Invalid || f.At(field).Key != code {
		t.Errorf("got %v, want %s at %s", f, code, field)
	}
}

func signIn(t *testing.T, w *worldtest.World, email, password string) (identity.Started, error) {
	t.Helper()
	return w.Identities.SignIn(t.Context(), email, password, visit)
}

func TestSignIn_with_the_right_password_starts_a_session(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		out, err := signIn(t, w, w.Email("anna"), worldtest.Password)
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("%+v %v", out, err)
		}
		if a, err := w.ResolveToken(out.Token, "Kowalski"); err != nil || a.Person != w.ID("anna") {
			t.Errorf("%+v %v", a, err)
		}
		_, err = signIn(t, w, w.Email("anna"), worldtest.Password+" ")
		refused(t, err, 422, "identity.wrong_password")
	})
}

func TestAttack_ID_02_every_spelling_of_an_address_signs_the_same_person_in(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		for _, typed := range []string{"Anna@KOWALSKI.example", " anna@kowalski.example ", "ANNA@kowalski.EXAMPLE"} {
			out, err := signIn(t, w, typed, worldtest.Password)
			if err != nil {
				t.Errorf("%q: %v", typed, err)
				continue
			}
			if a, err := w.ResolveToken(out.Token); err != nil || a.Person != w.ID("anna") {
				t.Errorf("%q: %v", typed, err)
			}
		}
	})
}

var lookalikes = []string{"ann\u0430@kowalski.example", "anna@\u212aowalski.example", "anna@kowalſki.example", "ａnna@kowalski.example", "anna@kоwalski.example", "anna@kowalskı.example"}

func TestAttack_ID_01_a_look_alike_of_an_address_signs_nobody_in_and_gets_no_mail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		for _, typed := range lookalikes {
			_, err := signIn(t, w, typed, worldtest.Password)
			refused(t, err, 422, "identity.wrong_password")
			w.Clock.Add(time.Hour) // not the subject here
			for _, purpose := range []string{identity.Reset, identity.Register} {
				if _, err := w.Identities.Ask(t.Context(), typed, purpose, "en", visit); err != nil && fault.Status(err) != 422 {
					t.Errorf("%s %q: %v", purpose, typed, err)
				}
			}
		}
		for _, l := range w.Letters("") {
			if l.To == w.Email("anna") || strings.Contains(l.Text, "forgotten/") {
				t.Errorf("a look-alike was mailed to %s: %s", l.To, l.Text)
			}
		}
		if _, err := w.Identities.Ask(t.Context(), "ANNA@kowalski.example", identity.Reset, "en", visit); err != nil {
			t.Fatal(err)
		}
		if l := w.Letter("anna@kowalski.example"); !strings.Contains(l.Text, "/forgotten/") {
			t.Errorf("the stored spelling: %s", l.Text)
		}
	})
}

// wrapped is the password of an old portal as it rests here.
func wrapped(t *testing.T, w *worldtest.World, password string) string {
	t.Helper()
	sum := sha256.Sum256([]byte("salz" + password))
	phc, err := w.Identities.Hasher.Wrap(t.Context(), crypt.Old{Scheme: "sha256-hex", Hash: "sp$salz$" + hex.EncodeToString(sum[:])})
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

// imported is a person whom an import brought, with a membership that waits.
func imported(t *testing.T, w *worldtest.World, email, password string, proven bool) (person string) {
	t.Helper()
	old := wrapped(t, w, password)
	w.Write(func(tx *store.Tx) (err error) {
		stand := identity.Standing{MailboxFirst: !proven}
		if proven {
			stand.ProvenAt = tx.Now.AddDate(-1, 0, 0)
		}
		if person, err = w.Identities.Import(tx, w.Program(""), "customer-portal", "p-"+email, identity.Brought{Email: identity.Email(email), First: "Piotr", Last: "Zieliński", Language: "pl"}); err != nil {
			return err
		}
		if err := w.Identities.Stand(tx, w.Program(""), person, identity.Standing{}, stand); err != nil {
			return err
		}
		if err := w.Identities.KeepOld(tx, person, "customer-portal", "sha256-hex", old); err != nil {
			return err
		}
		return w.Accounts.ImportMembership(tx, w.Program(""), account.Held{ID: tx.NewID(), Person: person, Org: w.Org("Kowalski").ID, Zone: "Europe/Warsaw"}, account.Brought{Roles: []string{account.SupportRestricted}})
	})
	return person
}

// AC-01: e-mail and old password suffice where the old portal had proved the mailbox.
func TestAC_01_the_old_password_opens_and_is_replaced_at_the_first_sign_in(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		person := imported(t, w, "piotr@kowalski.example", "altes Wort", true)
		out, err := signIn(t, w, "Piotr@Kowalski.example", "altes Wort")
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("%+v %v", out, err)
		}
		if _, err := w.ResolveToken(out.Token, "Kowalski"); err != nil {
			t.Errorf("the imported membership is not open: %v", err)
		}
		if n := w.Count(`SELECT count(*) FROM credential WHERE person_id = $1 AND kind = 'old-password'`, person); n != 0 {
			t.Errorf("%d old hashes rest", n)
		}
		if n := w.Count(`SELECT count(*) FROM credential WHERE person_id = $1 AND kind = 'password' AND secret LIKE '$argon2id$v=19$m=19456,%'`, person); n != 1 {
			t.Errorf("%d new hashes", n)
		}
		if _, err := signIn(t, w, "piotr@kowalski.example", "altes Wort"); err != nil {
			t.Errorf("the same password a second time: %v", err)
		}
	})
}

func TestSignIn_of_somebody_with_an_unproven_mailbox_needs_a_mailed_code(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		person := imported(t, w, "piotr@kowalski.example", "altes Wort", false)
		half, err := signIn(t, w, "piotr@kowalski.example", "altes Wort")
		if err != nil || half.Step != identity.StepCode {
			t.Fatalf("%+v %v", half, err)
		}
		_, err = w.ResolveToken(half.Token)
		refused(t, err, 401, "fault.sign_in")
		code := codeIn(t, w, "piotr@kowalski.example")
		_, err = w.Identities.Code(t.Context(), half.Token, other(code), visit)
		at(t, err, "code", "identity.wrong_code")
		if n := w.Count(`SELECT count(*) FROM credential WHERE person_id = $1 AND kind = 'password'`, person); n != 0 {
			t.Error("the password was set before the mailbox was proven")
		}
		done, err := w.Identities.Code(t.Context(), half.Token, code, visit)
		if err != nil || done.Step != identity.StepDone || done.Token == half.Token {
			t.Fatalf("%+v %v", done, err)
		}
		if _, err := w.ResolveToken(done.Token, "Kowalski"); err != nil {
			t.Error(err)
		}
		if n := w.Count(`SELECT count(*) FROM person WHERE id = $1 AND email_proven_at IS NOT NULL AND NOT mailbox_first`, person); n != 1 {
			t.Error("the mailbox does not count as proven")
		}
		_, err = w.Identities.Code(t.Context(), half.Token, code, visit)
		refused(t, err, 401, "fault.sign_in")
	})
}

func TestCode_is_over_after_five_wrong_tries_and_after_a_quarter_of_an_hour(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		imported(t, w, "piotr@kowalski.example", "altes Wort", false)
		half, err := signIn(t, w, "piotr@kowalski.example", "altes Wort")
		w.Need(err)
		code := codeIn(t, w, "piotr@kowalski.example")
		for i := range 5 {
			v := visit
			v.Address = fmt.Sprintf("192.0.2.%d", 10*i) // each try counts, from wherever
			v.Address = fmt.Sprintf("10.%d.0.1", i)
			_, err = w.Identities.Code(t.Context(), half.Token, other(code), v)
			at(t, err, "code", "identity.wrong_code")
		}
		_, err = w.Identities.Code(t.Context(), half.Token, code, visit)
		refused(t, err, 401, "identity.code_over")
		again, err := signIn(t, w, "piotr@kowalski.example", "altes Wort")
		w.Need(err)
		code = codeIn(t, w, "piotr@kowalski.example")
		w.Clock.Add(15 * time.Minute)
		_, err = w.Identities.Code(t.Context(), again.Token, code, visit)
		refused(t, err, 401, "fault.sign_in")
	})
}

func codeIn(t *testing.T, w *worldtest.World, email string) string {
	t.Helper()
	texts := w.Posted(email)
	if len(texts) == 0 {
		t.Fatal("no code was mailed")
	}
	for _, word := range strings.FieldsFunc(texts[0], func(r rune) bool { return r < '0' || r > '9' }) {
		if len(word) == 6 {
			return word
		}
	}
	t.Fatalf("no code in %q", texts[0])
	return ""
}

// other is another code.
func other(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}
