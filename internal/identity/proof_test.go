package identity_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
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

const newPassword = "a new one of six words"

// asked mails a link for the purpose and gives its secret.
func asked(t *testing.T, w *worldtest.World, email, purpose string) string {
	t.Helper()
	before := len(w.Letters(email))
	if _, err := w.Identities.Ask(t.Context(), email, purpose, "en", visit); err != nil {
		t.Fatal(err)
	}
	all := w.Letters(email)
	if len(all) == before {
		t.Fatalf("no letter to %s", email)
	}
	return secretIn(t, w, all[0].Text)
}

func secretIn(t *testing.T, w *worldtest.World, text string) string {
	t.Helper()
	link := w.Link(text)
	return link[strings.LastIndexByte(link, '/')+1:]
}

func take(t *testing.T, w *worldtest.World, purpose, token, password string) (identity.Started, error) {
	t.Helper()
	return w.Identities.Take(t.Context(), purpose, token, identity.NewPassword{FirstName: "Ewa", LastName: "Lis", Password: password}, visit)
}

func TestAttack_ID_29_a_reset_ends_all_sessions_and_all_other_links(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		session := w.SignIn("anna")
		first := asked(t, w, w.Email("anna"), identity.Reset)
		second := asked(t, w, w.Email("anna"), identity.Reset)
		_, err := take(t, w, identity.Reset, first, newPassword)
		refused(t, err, 404, "identity.link_over") // a newer one was asked for
		if _, err := w.ResolveToken(session); err != nil {
			t.Errorf("the session ended before the reset: %v", err)
		}
		out, err := take(t, w, identity.Reset, second, newPassword)
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("%+v %v", out, err)
		}
		_, err = w.ResolveToken(session)
		refused(t, err, 401, "fault.sign_in")
		if _, err := w.ResolveToken(out.Token); err != nil {
			t.Errorf("the new session: %v", err)
		}
		_, err = take(t, w, identity.Reset, second, newPassword)
		refused(t, err, 404, "identity.link_over")
		_, err = signIn(t, w, w.Email("anna"), worldtest.Password)
		refused(t, err, 422, "identity.wrong_password")
		if _, err := signIn(t, w, w.Email("anna"), newPassword); err != nil {
			t.Error(err)
		}
		if l := w.Letter(w.Email("anna")); l.Subject != "Password changed" {
			t.Errorf("no word of it to the owner: %q", l.Subject)
		}
	})
}

func TestAttack_ID_29_a_change_of_the_password_ends_all_other_sessions_and_all_links(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		other, mine := w.SignIn("anna"), w.SignIn("anna")
		link := asked(t, w, w.Email("anna"), identity.Reset)
		anna, err := w.ResolveToken(mine)
		w.Need(err)
		err = w.Identities.ChangePassword(t.Context(), anna, "not the present one", newPassword)
		at(t, err, "current", "identity.wrong_current")
		if _, err := w.ResolveToken(other); err != nil {
			t.Errorf("a refused change ended a session: %v", err)
		}
		w.Need(w.Identities.ChangePassword(t.Context(), anna, worldtest.Password, newPassword))
		_, err = w.ResolveToken(other)
		refused(t, err, 401, "fault.sign_in")
		if _, err := w.ResolveToken(mine); err != nil {
			t.Errorf("the own session: %v", err)
		}
		_, err = take(t, w, identity.Reset, link, "yet another password")
		refused(t, err, 404, "identity.link_over")
		if _, err := signIn(t, w, w.Email("anna"), newPassword); err != nil {
			t.Error(err)
		}
	})
}

// The second factor that a person had set up stays: a mailbox alone does not take it away. What stood before the mailbox was
// ever proven goes.
func TestAttack_ID_10_a_first_proof_of_the_mailbox_ends_everything_made_before(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		imported(t, w, "piotr@kowalski.example", "altes Wort", false)
		half, err := signIn(t, w, "piotr@kowalski.example", "altes Wort")
		w.Need(err)
		code := codeIn(t, w, "piotr@kowalski.example")
		w.Write(func(tx *store.Tx) error {
			p, _, err := identity.Find(tx, "piotr@kowalski.example")
			return errors.Join(err, w.Identities.Enrol(tx, p.ID, worldtest.Secret, 0))
		})
		token := asked(t, w, "piotr@kowalski.example", identity.Reset)
		out, err := take(t, w, identity.Reset, token, newPassword)
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("a factor of somebody unknown is still asked for: %+v %v", out, err)
		}
		_, err = w.Identities.Code(t.Context(), half.Token, code, visit)
		refused(t, err, 401, "fault.sign_in")
		_, err = signIn(t, w, "piotr@kowalski.example", "altes Wort")
		refused(t, err, 422, "identity.wrong_password")
	})
}

func TestAttack_ID_30_a_reset_leads_to_the_second_factor_and_not_past_it(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.SignIn("ingrid") // sets the second factor up
		w.Clock.Add(time.Minute)
		out, err := take(t, w, identity.Reset, asked(t, w, w.Email("ingrid"), identity.Reset), newPassword)
		if err != nil || out.Step != identity.StepTOTP {
			t.Fatalf("%+v %v", out, err)
		}
		_, err = w.ResolveToken(out.Token)
		refused(t, err, 401, "fault.sign_in")
		_, err = w.Identities.ConfirmSetUp(t.Context(), out.Token, w.Code(), visit)
		refused(t, err, 401, "fault.sign_in") // the step is another
		_, err = w.Identities.Code(t.Context(), out.Token, "000000", visit)
		refused(t, err, 401, "fault.sign_in")
		done, err := w.Identities.TOTP(t.Context(), out.Token, w.Code(), visit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ResolveToken(done.Token, "Halden Software"); err != nil {
			t.Error(err)
		}
	})
}

func TestAttack_ID_30_no_password_is_set_without_the_mailed_secret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		right := asked(t, w, w.Email("anna"), identity.Reset)
		guess, _ := crypt.Token()
		for _, token := range []string{"", " ", "a", right[:25], strings.ToUpper(right), right + "a", guess, "NULL", crypt.HashToken(right)} {
			if _, err := w.Identities.Proof(t.Context(), identity.Reset, token); !fault.Is(err, "identity.link_over") {
				t.Errorf("%q holds: %v", token, err)
			}
			_, err := take(t, w, identity.Reset, token, newPassword)
			refused(t, err, 404, "identity.link_over")
		}
		if _, err := signIn(t, w, w.Email("anna"), worldtest.Password); err != nil {
			t.Errorf("the password is another: %v", err)
		}
		if len(right) < 26 {
			t.Errorf("%q has less than 128 bits", right)
		}
		if n := w.Count(`SELECT count(*) FROM proof WHERE token_hash = $1`, right); n != 0 {
			t.Error("the secret rests in clear")
		}
	})
}

func TestProof_holds_for_two_hours_to_the_second_and_once_also_in_parallel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		token := asked(t, w, w.Email("anna"), identity.Reset)
		w.Clock.Add(2*time.Hour - time.Second)
		for range 5 { // looking changes nothing
			if _, err := w.Identities.Proof(t.Context(), identity.Reset, token); err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Add(time.Second)
		_, err := take(t, w, identity.Reset, token, newPassword)
		refused(t, err, 404, "identity.link_over")

		token = asked(t, w, w.Email("anna"), identity.Reset)
		var done atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := take(t, w, identity.Reset, token, newPassword)
				if err == nil {
					done.Add(1)
				} else if !fault.Is(err, "identity.link_over") {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if done.Load() != 1 {
			t.Errorf("used %d times", done.Load())
		}
	})
}

func TestAttack_ID_37_the_password_rule_holds_at_every_door_that_sets_one(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.Person("karl", "Kowalski")
		reset := asked(t, w, w.Email("anna"), identity.Reset)
		register := asked(t, w, "ewa@elsewhere.example", identity.Register)
		karl := w.Actor("karl")
		doors := map[string]func(password string) error{
			"reset":    func(p string) error { _, err := take(t, w, identity.Reset, reset, p); return err },
			"register": func(p string) error { _, err := take(t, w, identity.Register, register, p); return err },
			"change":   func(p string) error { return w.Identities.ChangePassword(t.Context(), karl, worldtest.Password, p) },
		}
		for door, set := range doors {
			at(t, set("elevenchars"), "password", "identity.password_short")
			at(t, set(strings.Repeat("long", 65)), "password", "identity.password_long")
			at(t, set("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"), "password", "identity.password_short") // six characters after NFC
			own := map[string]string{"reset": "Anna@Kowalski.example", "register": "EWA@elsewhere.example", "change": "karl@kowalski.example"}[door]
			at(t, set(own), "password", "identity.password_is_email")
			if err := set("twelve chars"); err != nil {
				t.Errorf("%s: %v", door, err)
			}
		}
	})
}

func TestAttack_ID_37_the_name_of_an_own_company_is_no_password(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db).Vendor().Customer("Brightwater Systems").Customer("Other Company Ltd").Person("tom", "Brightwater Systems")
		tom := w.Actor("tom")
		err := w.Identities.ChangePassword(t.Context(), tom, worldtest.Password, "brightwater SYSTEMS")
		at(t, err, "password", "identity.password_is_company")
		w.Need(w.Identities.ChangePassword(t.Context(), tom, worldtest.Password, "Other Company Ltd"))
	})
}

func TestAC_02_somebody_who_registers_another_address_gets_an_account_without_anything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		out, err := take(t, w, identity.Register, asked(t, w, "anna.private@elsewhere.example", identity.Register), newPassword)
		if err != nil || out.Step != identity.StepDone {
			t.Fatalf("%+v %v", out, err)
		}
		a, err := w.ResolveToken(out.Token)
		if err != nil || a.Email != "anna.private@elsewhere.example" || a.Name != "Ewa Lis" {
			t.Fatalf("%+v %v", a, err)
		}
		if number, err := w.Accounts.Home(t.Context(), a); err != nil || number != 0 {
			t.Errorf("leads to %d %v", number, err)
		}
		_, err = w.ResolveToken(out.Token, "Kowalski")
		refused(t, err, 404, "fault.not_found")
	})
}

func TestRegister_of_an_address_that_has_an_account_offers_a_new_password_instead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		token := asked(t, w, w.Email("anna"), identity.Register)
		if l := w.Letter(w.Email("anna")); l.Subject != "You have an account already" || !strings.Contains(l.Text, "/forgotten/") {
			t.Errorf("%q %s", l.Subject, l.Text)
		}
		_, err := take(t, w, identity.Register, token, newPassword)
		refused(t, err, 404, "identity.link_over")
		if _, err := take(t, w, identity.Reset, token, newPassword); err != nil {
			t.Error(err)
		}
		if n := w.Count(`SELECT count(*) FROM person WHERE email = $1`, w.Email("anna")); n != 1 {
			t.Errorf("%d people of one address", n)
		}
	})
}

func TestAsk_mails_nobody_who_is_unknown_or_disabled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		w.Write(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE person SET state = 'disabled' WHERE id = $1`, w.ID("ingrid"))
			return err
		})
		for _, email := range []string{"stranger@nowhere.example", w.Email("ingrid"), w.Email("anna")} {
			if _, err := w.Identities.Ask(t.Context(), email, identity.Reset, "en", visit); err != nil {
				t.Fatal(err)
			}
		}
		all := w.Letters("")
		if len(all) != 1 || all[0].To != w.Email("anna") {
			t.Errorf("%+v", all)
		}
	})
}

func TestAsk_for_many_links_is_slowed_down_and_slows_no_sign_in(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		for range 5 {
			_, err := w.Identities.Ask(t.Context(), w.Email("anna"), identity.Reset, "en", visit)
			w.Need(err)
		}
		_, err := w.Identities.Ask(t.Context(), w.Email("anna"), identity.Register, "en", visit)
		refused(t, err, 429, "limit.too_many")
		for i := range 40 {
			_, err = w.Identities.Ask(t.Context(), strings.Repeat("x", i+1)+"@elsewhere.example", identity.Reset, "en", visit)
		}
		refused(t, err, 429, "limit.too_many") // the network
		if _, err := signIn(t, w, w.Email("anna"), worldtest.Password); err != nil {
			t.Errorf("an office that asks for links cannot sign in: %v", err)
		}
	})
}

// A link carries nothing but its secret, and the portal's own address.
func TestLetters_hold_one_link_to_the_configured_address(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		asked(t, w, w.Email("anna"), identity.Reset)
		l := w.Letter(w.Email("anna"))
		u, err := url.Parse(l.Links[0])
		if err != nil || len(l.Links) != 1 || u.Host != worldtest.Host || u.Scheme != "https" || u.RawQuery != "" {
			t.Errorf("%v %v", l.Links, err)
		}
	})
}

func TestOperator_secret_fits_no_other_door(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := worldtest.New(t, db)
		_, token, err := w.Accounts.Init(t.Context(), account.NewVendor{Name: "Halden Software", Country: "SE"})
		w.Need(err)
		for _, purpose := range []string{identity.Reset, identity.Register, "code"} {
			_, err := take(t, w, purpose, token, newPassword)
			refused(t, err, 404, "identity.link_over")
		}
		if _, err := w.Identities.Proof(t.Context(), identity.Operator, token); err != nil {
			t.Errorf("at its own: %v", err)
		}
	})
}
