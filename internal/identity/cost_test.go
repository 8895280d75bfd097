package identity_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/identity"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

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
			runs := func() int64 { return nodes[0].Identities.Hasher.Runs() + nodes[1].Identities.Hasher.Runs() }
			began := runs()
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
			if guesses.Load() != 5 || slowed.Load() != 95 {
				t.Errorf("%d guesses, %d slowed down", guesses.Load(), slowed.Load())
			}
			if n := w.Count(`SELECT failures FROM limit_try WHERE subject <> '' AND network <> ''`); int64(n) != guesses.Load() {
				t.Errorf("%d counted, %d made", n, guesses.Load())
			}
			if n := runs() - began; n != 5 {
				t.Errorf("%d guesses were compared", n)
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

func TestAttack_ID_34_parallel_guesses_of_codes_are_held_up_at_every_door(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db).Person("karl", "Kowalski")
		w.Write(func(tx *store.Tx) error { return w.Identities.Enrol(tx, w.ID("karl"), worldtest.Secret, 0) })
		half, err := signIn(t, w, w.Email("karl"), worldtest.Password)
		w.Need(err)
		in, err := w.Identities.TOTP(t.Context(), half.Token, w.Code(), visit)
		w.Need(err)
		karl, err := w.ResolveToken(in.Token)
		w.Need(err)
		half, err = signIn(t, w, w.Email("karl"), worldtest.Password)
		w.Need(err)
		wrong := other(w.Code())
		imported(t, w, "unproven@kowalski.example", "altes Wort", false)
		code, err := signIn(t, w, "unproven@kowalski.example", "altes Wort")
		w.Need(err)
		bad := other(codeIn(t, w, "unproven@kowalski.example"))
		for name, door := range map[string]func() error{
			"second factor":   func() error { _, err := w.Identities.TOTP(t.Context(), half.Token, wrong, visit); return err },
			"mailed code":     func() error { _, err := w.Identities.Code(t.Context(), code.Token, bad, visit); return err },
			"change password": func() error { return w.Identities.ChangePassword(t.Context(), karl, "wrong", "another good password") },
			"remove factor":   func() error { return w.Identities.DisableFactor(t.Context(), karl, wrong) },
			"replace factor":  func() error { return w.Identities.ReplaceFactor(t.Context(), karl, wrong) },
			"recovery code": func() error {
				_, err := w.Identities.TOTP(t.Context(), half.Token, "0000-0000-0000-0000", visit)
				return err
			},
			"new codes": func() error { _, err := w.Identities.NewRecovery(t.Context(), karl, wrong); return err },
		} {
			w.Write(func(tx *store.Tx) error { _, err := tx.Exec(`DELETE FROM limit_try`); return err })
			var guesses, slowed atomic.Int64
			var all sync.WaitGroup
			for range 60 {
				all.Go(func() {
					switch err := door(); fault.Status(err) {
					case 422:
						guesses.Add(1)
					case 429:
						slowed.Add(1)
					default:
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			all.Wait()
			if guesses.Load() != 5 || slowed.Load() != 55 {
				t.Errorf("%s: %d guesses, %d slowed down", name, guesses.Load(), slowed.Load())
			}
		}
	})
}

func TestSignIn_good_ones_from_one_network_slow_nobody_down(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := kowalski(t, db)
		for range 40 { // more than a network's failures without delay
			if _, err := signIn(t, w, w.Email("anna"), worldtest.Password); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.Count(`SELECT coalesce(sum(failures), 0) FROM limit_try`); n != 0 {
			t.Errorf("%d good sign-ins count as failures", n)
		}
	})
}

func TestRace_of_a_sign_in_and_a_reset_lets_the_old_password_in_only_before_it(t *testing.T) {
	t.Parallel()
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
