package account_test

import (
	"fmt"
	"testing"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/worldtest"
)

// small is enough for a race, and quickly made.
func small(t *testing.T, one, two *store.DB) (w, other *worldtest.World) {
	t.Helper()
	w = worldtest.New(t, one).Vendor().Customer("Kowalski").Person("anna", "Kowalski", account.SecurityAdministrator)
	return w, w.On(two)
}

// over tells whether an error only says that somebody else was first.
func over(err error) bool {
	return err == nil || fault.Is(err, "identity.link_over") || fault.Is(err, "account.no_invitation") || fault.Is(err, "account.contact_exists")
}

func stateOfJan(w *worldtest.World) (s string) {
	w.Read(func(tx *store.Tx) (err error) {
		s, _, err = store.Maybe[string](tx, `SELECT m.state FROM membership m JOIN person p ON p.id = m.person_id WHERE p.email = 'jan.nowak@kowalski.example'`)
		return err
	})
	return s
}

func TestRace_of_accept_and_withdraw_has_one_winner(t *testing.T) {
	for name, acceptFirst := range map[string]bool{"accept_first": true, "withdraw_first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
				w, other := small(t, one, two)
				anna := w.Actor("anna", "Kowalski")
				id, secret := invite(t, w, anna, jan)
				accepting, withdrawing := w, other
				if !acceptFirst {
					accepting, withdrawing = other, w
				}
				doAccept := func() error { _, err := accept(t, accepting, secret); return err }
				doWithdraw := func() error { return withdrawing.Accounts.Withdraw(t.Context(), anna, id) }
				r := storetest.Race{A: doAccept, B: doWithdraw}
				if !acceptFirst {
					r.A, r.B = doWithdraw, doAccept
				}
				r.Hold = func(a, b error) error {
					accepted, withdrawn := a, b
					if !acceptFirst {
						accepted, withdrawn = b, a
					}
					want := map[bool]string{true: account.Active, false: account.Withdrawn}[accepted == nil]
					if s := stateOfJan(other); !over(a) || !over(b) || (accepted == nil) == (withdrawn == nil) || s != want {
						return fmt.Errorf("accept %v, withdraw %v, the contact is %s", accepted, withdrawn, s)
					}
					return nil
				}
				return r
			})
		})
	}
}

func TestRace_of_a_sign_in_and_a_withdrawal_opens_nothing_that_was_withdrawn(t *testing.T) {
	t.Parallel()
	storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
		w, other := small(t, one, two)
		w.Nobody("jan")
		anna := w.Actor("anna", "Kowalski")
		id, _ := invite(t, w, anna, account.NewContact{FirstName: "J", LastName: "N", Email: w.Email("jan"), Role: account.SupportAdvanced})
		return storetest.Race{
			A: func() error {
				_, err := w.Identities.SignIn(t.Context(), w.Email("jan"), worldtest.Password, visit)
				return err
			},
			B: func() error { return other.Accounts.Withdraw(t.Context(), anna, id) },
			Hold: func(a, b error) error {
				s := state(t, other, id)
				if a != nil || !over(b) || (s == account.Active) == (b == nil) || s == account.Invited {
					return fmt.Errorf("sign-in %v, withdrawal %v, the contact is %s", a, b, s)
				}
				return nil
			},
		}
	})
}

func TestRace_of_two_accepts_makes_one_membership(t *testing.T) {
	t.Parallel()
	storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
		w, other := small(t, one, two)
		_, secret := invite(t, w, w.Actor("anna", "Kowalski"), jan)
		return storetest.Race{
			A: func() error { _, err := accept(t, w, secret); return err },
			B: func() error { _, err := accept(t, other, secret); return err },
			Hold: func(a, b error) error {
				n := other.Count(`SELECT count(*) FROM session s JOIN person p ON p.id = s.person_id WHERE p.email = 'jan.nowak@kowalski.example'`)
				if !over(a) || !over(b) || (a == nil) == (b == nil) || n != 1 || stateOfJan(other) != account.Active {
					return fmt.Errorf("%v and %v, %d sessions, the contact is %s", a, b, n, stateOfJan(other))
				}
				return nil
			},
		}
	})
}

func TestRace_of_two_invitations_of_one_address_makes_one_contact(t *testing.T) {
	for name, known := range map[string]bool{"somebody_unknown": false, "somebody_known": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
				w, other := small(t, one, two)
				in := account.NewContact{FirstName: "Jan", LastName: "Nowak", Email: "jan@elsewhere.example"}
				if known {
					w.Nobody("jan")
				}
				anna := w.Actor("anna", "Kowalski")
				return storetest.Race{
					A: func() error { _, err := w.Accounts.Invite(t.Context(), anna, in); return err },
					B: func() error { _, err := other.Accounts.Invite(t.Context(), anna, in); return err },
					Hold: func(a, b error) error {
						people, contacts := other.Count(`SELECT count(*) FROM person WHERE email = 'jan@elsewhere.example'`), other.Count(`SELECT count(*) FROM membership WHERE state = 'invited'`)
						open := other.Count(`SELECT count(*) FROM invitation WHERE withdrawn_at IS NULL`)
						if !over(a) || !over(b) || (a == nil) == (b == nil) || people != 1 || contacts != 1 || open != 1 {
							return fmt.Errorf("%v and %v: %d people, %d contacts, %d open invitations", a, b, people, contacts, open)
						}
						return nil
					},
				}
			})
		})
	}
}

func TestRace_of_two_inits_makes_one_vendor(t *testing.T) {
	t.Parallel()
	storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
		w := worldtest.New(t, one)
		other := w.On(two)
		vendor := account.NewVendor{Name: "Halden Software", Country: "SE"}
		return storetest.Race{
			A: func() error { _, _, err := w.Accounts.Init(t.Context(), vendor); return err },
			B: func() error { _, _, err := other.Accounts.Init(t.Context(), vendor); return err },
			Hold: func(a, b error) error {
				if n := other.Count(`SELECT count(*) FROM organisation`); n != 1 || (a == nil) == (b == nil) || a != nil && a != account.ErrInitialised || b != nil && b != account.ErrInitialised {
					return fmt.Errorf("%d vendors, %v and %v", n, a, b)
				}
				return nil
			},
		}
	})
}
