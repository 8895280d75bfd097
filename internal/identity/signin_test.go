package identity_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crypto/sha256"

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

// standings are people in every state a stranger must not tell apart.
func standings(t *testing.T, w *worldtest.World) map[string]string {
	t.Helper()
	w.Person("disabled", "Kowalski")
	imported(t, w, "old@kowalski.example", "altes Wort", true)
	imported(t, w, "unproven@kowalski.example", "altes Wort", false)
	w.Write(func(tx *store.Tx) error {
		if _, err := w.Identities.Ensure(tx, "passwordless@kowalski.example", "Ewa", "Lis", "pl"); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE person SET state = 'disabled' WHERE id = $1`, w.ID("disabled"))
		return err
	})
	return map[string]string{"unknown": "stranger@nowhere.example", "unreadable": "no address", "known": w.Email("anna"), "staff": w.Email("ingrid"),
		"disabled": w.Email("disabled"), "password-less": "passwordless@kowalski.example", "imported": "old@kowalski.example", "unproven": "unproven@kowalski.example"}
}

// cost is what an act took.
type cost struct {
	Runs       int64
	Statements int64
}

func (c cost) String() string { return fmt.Sprintf("%d runs, %d statements", c.Runs, c.Statements) }

func measured(w *worldtest.World, act func() error) (cost, error) {
	var n atomic.Int64
	w.DB.Trace = func(context.Context, string) { n.Add(1) }
	defer func() { w.DB.Trace = nil }()
	before := w.Identities.Hasher.Runs()
	err := act()
	return cost{w.Identities.Hasher.Runs() - before, n.Load()}, err
}

func TestAttack_ID_31_Attack_ID_32_a_failed_sign_in_says_and_costs_the_same_for_everybody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		var first cost
		for name, email := range standings(t, w) {
			tried := []string{"not the password at all"}
			if name == "disabled" {
				tried = append(tried, worldtest.Password) // not even the right one
			}
			for _, password := range tried {
				c, err := measured(w, func() error { _, err := signIn(t, w, email, password); return err })
				refused(t, err, 422, "identity.wrong_password")
				at(t, err, "email", "identity.wrong_password")
				if first == (cost{}) {
					first = c
				}
				if c != first || c.Runs != 1 {
					t.Errorf("%s: %v, others %v", name, c, first)
				}
			}
		}
	})
}

func TestAttack_ID_31_Attack_ID_32_a_question_for_a_link_says_and_costs_the_same_for_everybody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		all := standings(t, w)
		delete(all, "unreadable") // a form's error, the same for whoever types it
		for _, purpose := range []string{identity.Reset, identity.Register} {
			var first cost
			for name, email := range all {
				v := visit
				v.Address = fmt.Sprintf("10.%d.%d.1", len(name), len(purpose)) // questions of a network slow it down, too
				c, err := measured(w, func() error { _, err := w.Identities.Ask(t.Context(), email, purpose, "en", v); return err })
				if err != nil {
					t.Errorf("%s %s: %v", purpose, name, err)
				}
				if first == (cost{}) {
					first = c
				}
				if c != first || c.Runs != 0 {
					t.Errorf("%s %s: %v, others %v", purpose, name, c, first)
				}
			}
		}
		_, err := w.Identities.Ask(t.Context(), "no address", identity.Reset, "en", visit)
		at(t, err, "email", "identity.email_invalid")
	})
}

func TestAttack_ID_33_one_counter_for_a_person_at_every_door(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Person("karl", "Kowalski")
		w.Write(func(tx *store.Tx) error { return w.Identities.Enrol(tx, w.ID("karl"), worldtest.Secret, 0) })
		half, err := signIn(t, w, w.Email("karl"), worldtest.Password)
		if err != nil || half.Step != identity.StepTOTP {
			t.Fatalf("%+v %v", half, err)
		}
		in, err := w.Identities.TOTP(t.Context(), half.Token, w.Code(), visit)
		w.Need(err)
		karl, err := w.ResolveToken(in.Token)
		w.Need(err)
		if half, err = signIn(t, w, w.Email("karl"), worldtest.Password); err != nil {
			t.Fatal(err)
		}
		wrong := other(w.Code())
		doors := []func() error{
			func() error { _, err := signIn(t, w, " KARL@kowalski.EXAMPLE", "wrong"); return err },
			func() error { _, err := w.Identities.TOTP(t.Context(), half.Token, wrong, visit); return err },
			func() error { return w.Identities.ChangePassword(t.Context(), karl, "wrong", "another good password") },
			func() error { return w.Identities.DisableFactor(t.Context(), karl, wrong) },
			// The right password is no way round: only a complete sign-in forgets failures.
			func() error {
				half, err := signIn(t, w, w.Email("karl"), worldtest.Password)
				if err == nil {
					_, err = w.Identities.TOTP(t.Context(), half.Token, wrong, visit)
				}
				return err
			},
		}
		for i, door := range doors {
			if err := door(); fault.Status(err) != 422 {
				t.Fatalf("door %d: %v", i, err)
			}
		}
		for i, door := range doors {
			if err := door(); fault.Status(err) != 429 {
				t.Errorf("door %d after five failures: %v", i, err)
			}
		}
		w.Clock.Add(time.Hour)
		out, err := signIn(t, w, w.Email("karl"), worldtest.Password)
		w.Need(err)
		if _, err := w.Identities.TOTP(t.Context(), out.Token, w.Code(), visit); err != nil {
			t.Errorf("after the delay: %v", err)
		}
		if n := w.Count(`SELECT count(*) FROM limit_try WHERE subject <> '' AND network <> ''`); n != 0 {
			t.Errorf("%d counters stay after a complete sign-in", n)
		}
	})
}

func TestAttack_ID_34_parallel_guesses_over_two_nodes_and_a_restart_all_count(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": func(t testing.TB) string { return "sqlite:" + storetest.LitePath(t) }, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := url(t)
			w := kowalski(t, storetest.Open(t, at))
			nodes := []*worldtest.World{w, w.On(storetest.Open(t, at))}
			var guesses, slowed atomic.Int64
			var all sync.WaitGroup
			for i := range 100 {
				all.Go(func() {
					_, err := nodes[i%2].Identities.SignIn(t.Context(), w.Email("anna"), fmt.Sprint("guess ", i), visit)
					switch fault.Status(err) {
					case 422:
						guesses.Add(1)
					case 429:
						slowed.Add(1)
					default:
						t.Errorf("guess %d: %v", i, err)
					}
				})
			}
			all.Wait()
			if guesses.Load() < 5 || guesses.Load()+slowed.Load() != 100 {
				t.Errorf("%d guesses, %d slowed down", guesses.Load(), slowed.Load())
			}
			if n := w.Count(`SELECT failures FROM limit_try WHERE subject <> '' AND network <> ''`); int64(n) != guesses.Load() {
				t.Errorf("%d counted, %d made", n, guesses.Load())
			}
			again := w.On(storetest.Open(t, at))
			_, err := again.Identities.SignIn(t.Context(), w.Email("anna"), worldtest.Password, visit)
			refused(t, err, 429, "limit.too_many")
			before := fault.Of(err).RetryAfter
			again.Clock.Add(before)
			_, err = again.Identities.SignIn(t.Context(), w.Email("anna"), "one more guess", visit)
			refused(t, err, 422, "identity.wrong_password")
			_, err = again.Identities.SignIn(t.Context(), w.Email("anna"), worldtest.Password, visit)
			if f := fault.Of(err); f == nil || f.RetryAfter < before {
				t.Errorf("the delay does not grow: %v then %v", before, f)
			}
			elsewhere := visit
			elsewhere.Address = "203.0.113.80"
			again.Clock.Add(time.Minute)
			if _, err := again.Identities.SignIn(t.Context(), w.Email("anna"), worldtest.Password, elsewhere); err != nil {
				t.Errorf("from another network: %v", err)
			}
		})
	}
}

func TestSignIn_while_a_reset_goes_on_lets_the_old_password_in_only_before_it(t *testing.T) {
	storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
		w := kowalski(t, one)
		other := w.On(two)
		var token string
		w.Write(func(tx *store.Tx) (err error) {
			var hash string
			token, hash = crypt.Token()
			_, err = tx.Exec(`INSERT INTO proof (id, token_hash, purpose, person_id, email, session_id, kept, tries, created_at, expires_at)
				VALUES ($1, $2, 'reset', $3, $4, '', '', 0, $5, $6)`, tx.NewID(), hash, w.ID("anna"), w.Email("anna"), tx.Now, tx.Now.Add(time.Hour))
			return err
		})
		var in identity.Started
		return storetest.Race{
			A: func() (err error) {
				in, err = w.Identities.SignIn(t.Context(), w.Email("anna"), worldtest.Password, visit)
				return err
			},
			B: func() error {
				_, err := other.Identities.Take(t.Context(), identity.Reset, token, identity.NewPassword{Password: "the new one of the owner"}, visit)
				return err
			},
			Hold: func(a, b error) error {
				if b != nil {
					return fmt.Errorf("the reset: %w", b)
				}
				if a != nil && !fault.Is(a, "identity.wrong_password") {
					return fmt.Errorf("the sign-in: %w", a)
				}
				if n := other.Count(`SELECT count(*) FROM session WHERE person_id = $1 AND revoked_at IS NULL`, w.ID("anna")); n != 1 {
					return fmt.Errorf("%d open sessions after the reset, want the reset's own", n)
				}
				if in.Token != "" {
					if _, err := other.ResolveToken(in.Token); err == nil {
						return fmt.Errorf("the session of the old password outlived the reset")
					}
				}
				return nil
			},
		}
	})
}
