package identity

import (
	"slices"
	"time"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// The steps below are what an import of old portals does here. None of them mails anybody, and none changes a person who has
// signed in to Lodge: from then on address, name, state and password are Lodge's.

// Brought is a person as the row of an old portal says that made it.
type Brought struct {
	Email                   Email
	First, Last             string
	Language, Phone         string
	CreatedAt, LastSignInAt time.Time // in the old portal; zero: not known
	Stand                   Standing  // of a new person; the step Stand changes it
}

// Standing is what all rows that mean a person say together about signing in.
type Standing struct {
	Disabled     bool
	MailboxFirst bool      // the old password is the first step only
	ProvenAt     time.Time // zero unless each portal had proved the mailbox
}

// Import makes a person whom nobody has seen here yet: a step. The address being somebody's is store.ErrExists, from a later statement or the
// commit.
func (s *Identities) Import(tx *store.Tx, a who.Actor, source, sourceID string, in Brought) (id string, err error) {
	id = tx.NewID()
	created := in.CreatedAt
	if created.IsZero() || created.After(tx.Now) {
		created = tx.Now
	}
	state := Pending
	if in.Stand.Disabled {
		state = Disabled
	}
	err = tx.Later(insertImported, id, string(in.Email), in.Stand.ProvenAt, in.First, in.Last, in.Language, "", in.Phone, state, in.Stand.MailboxFirst, created, in.LastSignInAt)
	if err != nil {
		return "", err
	}
	return id, s.Events.Emit(tx, a, "", Imported{id, source, sourceID})
}

// Revise changes the cells of a person as change says, unless the person has signed in: a step; its door holds the
// person's key. Nothing is written if nothing differs.
func (s *Identities) Revise(tx *store.Tx, a who.Actor, id string, change func(*Brought)) error {
	type row struct {
		Email, First, Last, Language, Phone string
		LastSignInAt                        time.Time
	}
	was, ok, err := store.Maybe[row](tx, selectBrought, id)
	if err != nil || !ok {
		return err // has been here
	}
	b := Brought{Email: Email(was.Email), First: was.First, Last: was.Last, Language: was.Language, Phone: was.Phone, LastSignInAt: was.LastSignInAt}
	change(&b)
	now := row{string(b.Email), b.First, b.Last, b.Language, b.Phone, b.LastSignInAt}
	var done []string
	for field, differs := range map[string]bool{"email": now.Email != was.Email, "name": now.First != was.First || now.Last != was.Last,
		"language": now.Language != was.Language, "phone": now.Phone != was.Phone} {
		if differs {
			done = append(done, field)
		}
	}
	if now == was {
		return nil
	}
	if _, err := tx.Exec(updateBrought, id, now.Email, now.First, now.Last, now.Language, now.Phone, now.LastSignInAt); err != nil {
		return err
	}
	slices.Sort(done)
	if len(done) == 0 {
		return nil
	}
	return s.Events.Emit(tx, a, "", ProfileChanged{id, done})
}

// Link notes that an account of an old portal is this person, and when that portal had proved the mailbox: a step. It opens no
// door. Noted again, the time is replaced.
func (s *Identities) Link(tx *store.Tx, a who.Actor, person, source, sourceID string, provenAt time.Time, joined bool) error {
	if err := tx.Later(upsertLink, source, sourceID, person, provenAt); err != nil || !joined {
		return err
	}
	return s.Events.Emit(tx, a, "", Linked{person, source, sourceID})
}

// KeepOld keeps the password of an old portal, as crypt.Hasher.Wrap made it, until the first sign-in; "" takes it away. A
// step; its door holds the person's key. Nothing is kept for a person who has signed in or has set a password.
func (s *Identities) KeepOld(tx *store.Tx, person, source, scheme, secret string) error {
	if secret == "" {
		return tx.Later(deleteOld, person, source)
	}
	return tx.Later(upsertOld, tx.NewID(), person, source, scheme, secret, tx.Now)
}

// Stand makes what the rows say now the person's state, where it is what they said before, unless the person has
// signed in: a step; its door holds the person's key. Of somebody whom no import made, was is the zero Standing.
func (s *Identities) Stand(tx *store.Tx, a who.Actor, person string, was, now Standing) error {
	if was == now {
		return nil
	}
	p, err := Get(tx, person)
	if err != nil || !p.FirstSignInAt.IsZero() {
		return err
	}
	state := p.State
	if was.Disabled != now.Disabled && (p.State == Disabled) == was.Disabled {
		if state = Pending; now.Disabled {
			state = Disabled
		}
	}
	proven := p.ProvenAt
	if proven.Equal(was.ProvenAt) {
		proven = now.ProvenAt
	}
	if _, err := tx.Exec(updateStanding, person, state, now.MailboxFirst, proven); err != nil || state == p.State {
		return err
	}
	return s.Events.Emit(tx, a, "", ProfileChanged{person, []string{"state"}})
}

// Known are those of the people who have a row, with what an import must know of them.
func Known(tx *store.Tx, ids []string) ([]Person, error) {
	return store.Query[Person](tx, selectKnown, store.List(ids))
}

// FindAll are the people with these addresses.
func FindAll(tx *store.Tx, emails []string) ([]Person, error) {
	return store.Query[Person](tx, selectByEmails, store.List(emails))
}

// Imported tells of a person whom an import made from an account of an old portal.
type Imported struct{ Person, Source, SourceID string }

func (Imported) EventName() string { return "identity.imported" }
func (e Imported) Subject() string { return "person:" + e.Person }

// Linked tells that an account of an old portal was found to be this person.
type Linked struct{ Person, Source, SourceID string }

func (Linked) EventName() string { return "identity.linked" }
func (e Linked) Subject() string { return "person:" + e.Person }

const selectKnown = `SELECT ` + personColumns + ` FROM person WHERE id = ANY($1)`

const selectByEmails = `SELECT ` + personColumns + ` FROM person WHERE email = ANY($1)`

const selectBrought = `
	SELECT email, first_name, last_name, language, phone, last_sign_in_at
	FROM person WHERE id = $1 AND first_sign_in_at IS NULL`

const updateBrought = `
	UPDATE person SET email = $2, first_name = $3, last_name = $4, language = $5, phone = $6, last_sign_in_at = $7, version = version + 1
	WHERE id = $1 AND first_sign_in_at IS NULL`

const upsertLink = `
	INSERT INTO linked_identity (source, source_id, person_id, proven_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (source, source_id) DO UPDATE SET proven_at = $4`

const deleteOld = `DELETE FROM credential WHERE person_id = $1 AND kind = 'old-password' AND source = $2`

// upsertOld changes nothing for a person who has been here or has a password of Lodge's.
const upsertOld = `
	INSERT INTO credential (id, person_id, kind, source, scheme, secret, last_step, created_at)
	SELECT $1, p.id, 'old-password', $3, $4, $5, 0, $6 FROM person p
	WHERE p.id = $2 AND p.first_sign_in_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM credential c WHERE c.person_id = p.id AND c.kind = 'password')
	ON CONFLICT (person_id, kind, source) DO UPDATE SET scheme = $4, secret = $5`

const updateStanding = `
	UPDATE person SET state = $2, mailbox_first = $3, email_proven_at = $4, version = version + 1
	WHERE id = $1 AND first_sign_in_at IS NULL`
