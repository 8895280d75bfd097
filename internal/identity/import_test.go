package identity

import (
	"errors"
	"testing"
	"time"

	"lodge/internal/platform/event"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/platform/who"
)

func TestAttack_IMP_07_no_step_of_an_import_touches_a_person_who_has_been_here(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, a := &Identities{Store: db, Events: &event.Log{}}, who.Program("", nil)
		proven := time.Date(2021, 2, 3, 10, 0, 0, 0, time.UTC)
		bring := func(id string) error {
			return db.Write(t.Context(), store.Lock("person", id), func(tx *store.Tx) error {
				return errors.Join(
					s.Revise(tx, a, id, func(b *Brought) { b.Email, b.First = "b@one.example", "Eva" }),
					s.KeepOld(tx, id, "old", "bcrypt", "bcrypt:x"),
					s.Stand(tx, a, id, Standing{}, Standing{Disabled: true, MailboxFirst: true, ProvenAt: proven}),
					s.Link(tx, a, id, "old", "1", proven, true))
			})
		}
		state := func(id string) (p Person, secrets []string) {
			err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
				if p, err = Get(tx, id); err != nil {
					return err
				}
				secrets, err = store.Query[string](tx, `SELECT kind || ':' || source FROM credential WHERE person_id = $1 ORDER BY kind`, id)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return p, secrets
		}
		var ids [2]string
		err := db.Write(t.Context(), store.Free, func(tx *store.Tx) (err error) {
			for i, email := range []Email{"a@one.example", "c@one.example"} {
				if ids[i], err = s.Import(tx, a, "old", string(email), Brought{Email: email, First: "Ewa", Last: "Lis"}); err != nil {
					return err
				}
			}
			return s.Admit(tx, ids[1], "$argon2id$")
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := bring(ids[0]); err != nil {
			t.Fatal(err)
		}
		if p, secrets := state(ids[0]); p.Email != "b@one.example" || p.FirstName != "Eva" || p.State != Disabled || !p.ProvenAt.Equal(proven) || len(secrets) != 1 {
			t.Errorf("somebody who has not been here: %+v %v", p, secrets)
		}
		before, _ := state(ids[1])
		if err := db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM linked_identity`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := bring(ids[1]); err != nil {
			t.Fatal(err)
		}
		if p, secrets := state(ids[1]); p != before || len(secrets) != 1 || secrets[0] != "password:" {
			t.Errorf("somebody who has: %+v, was %+v; %v", p, before, secrets)
		}
		err = db.Write(t.Context(), store.Free, func(tx *store.Tx) error {
			_, err := s.Import(tx, a, "new", "1", Brought{Email: "c@one.example", First: "X", Last: "Y"})
			return err
		})
		if !errors.Is(err, store.ErrExists) {
			t.Errorf("an address twice: %v", err)
		}
	})
}
