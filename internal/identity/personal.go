package identity

import (
	"context"
	"time"

	"lodge/internal/platform/personal"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Personal is what this package stores about a person.
func Personal() []personal.Part {
	return []personal.Part{
		personal.List("person", selectPersonal, func(r ownPerson) []any { return []any{r.ID} }, ""),
		personal.List("old_accounts", selectOldAccounts, func(r ownOld) []any { return []any{r.Source, r.SourceID} }, "", ""),
		personal.List("credentials", selectCredentials, func(r ownCredential) []any { return []any{r.ID} }, ""),
		personal.List("passkeys", selectAllPasskeys, func(r ownPasskey) []any { return []any{r.ID} }, ""),
		personal.List("company_sign_ins", selectAllCompanies, func(r ownCompany) []any { return []any{r.Connection} }, ""),
		personal.List("sessions", selectAllSessions, func(r ownSession) []any { return []any{r.ID} }, ""),
		personal.List("address_changes", selectAllChanges, func(r ownChange) []any { return []any{r.ID} }, ""),
	}
}

type ownPerson struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Language  string    `json:"language"`
	Zone      string    `json:"time_zone"`
	Phone     string    `json:"phone"`
	State     string    `json:"state"`
	ProvenAt  time.Time `json:"email_proven_at,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	FirstAt   time.Time `json:"first_sign_in_at,omitzero"`
	LastAt    time.Time `json:"last_sign_in_at,omitzero"`
}

type ownOld struct {
	Source   string    `json:"portal"`
	SourceID string    `json:"id_there"`
	ProvenAt time.Time `json:"email_proven_at,omitzero"`
}

type ownCredential struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Source    string    `json:"old_portal"`
	CreatedAt time.Time `json:"since"`
}

type ownPasskey struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Synced   bool      `json:"synchronised"`
	MadeAt   time.Time `json:"since"`
	LastUsed time.Time `json:"last_used_at,omitzero"`
}

type ownCompany struct {
	Connection string    `json:"id"`
	Issuer     string    `json:"issuer"`
	Subject    string    `json:"id_there"`
	Email      string    `json:"address_there"`
	LinkedAt   time.Time `json:"since"`
	UsedAt     time.Time `json:"last_used_at"`
}

type ownSession struct {
	ID        string    `json:"id"`
	Device    string    `json:"device"`
	Address   string    `json:"network_address"`
	CreatedAt time.Time `json:"signed_in_at"`
	SeenAt    time.Time `json:"last_active_at"`
	RevokedAt time.Time `json:"ended_at,omitzero"`
}

type ownChange struct {
	ID      string    `json:"id"`
	Old     string    `json:"from"`
	New     string    `json:"to"`
	AskedAt time.Time `json:"asked_at"`
	DoneAt  time.Time `json:"confirmed_at,omitzero"`
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// TakeData notes that the actor is about to be given all that is stored about him, and tells him. The actor must have proved himself lately.
func (s *Identities) TakeData(ctx context.Context, a who.Actor) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		if err := s.tell(tx, p, "data_taken"); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", DataTaken{a.Person})
	})
}

// TookData tells whether the actor's session has asked for the file a moment ago, by TakeData.
func (s *Identities) TookData(ctx context.Context, a who.Actor) (took bool, err error) {
	if err := a.Must(who.Person); err != nil {
		return false, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		n, err := store.One[int](tx, countTaken, a.Person, tx.Now.Add(-who.Lately), DataTaken{}.EventName(), a.Session)
		took = n > 0
		return err
	})
	return took, err
}

// DataTaken tells that a person took a file of all that is stored about him.
type DataTaken struct{ Person string }

func (DataTaken) EventName() string { return "identity.data_taken" }
func (e DataTaken) Subject() string { return "person:" + e.Person }

const countTaken = `SELECT count(*) FROM event WHERE person_id = $1 AND at > $2 AND name = $3 AND session_id = $4`

const selectPersonal = `
	SELECT id, email, first_name, last_name, language, zone, phone, state, email_proven_at, created_at, first_sign_in_at, last_sign_in_at
	FROM person WHERE id = $1 AND id > $2 LIMIT $3`

const selectOldAccounts = `
	SELECT source, source_id, proven_at FROM linked_identity
	WHERE person_id = $1 AND (source, source_id) > ($2, $3) ORDER BY source, source_id LIMIT $4`

const selectCredentials = `SELECT id, kind, source, created_at FROM credential WHERE person_id = $1 AND id > $2 ORDER BY id LIMIT $3`

const selectAllPasskeys = `SELECT id, name, synced, made_at, used_at FROM passkey WHERE person_id = $1 AND id > $2 ORDER BY id LIMIT $3`

const selectAllCompanies = `
	SELECT connection_id, issuer, subject, email, linked_at, used_at FROM company_identity WHERE person_id = $1 AND connection_id > $2 ORDER BY connection_id LIMIT $3`

const selectAllSessions = `
	SELECT id, device, address, created_at, seen_at, revoked_at FROM session WHERE person_id = $1 AND step = '' AND id > $2 ORDER BY id LIMIT $3`

const selectAllChanges = `
	SELECT id, old_email, new_email, asked_at, done_at, ended_at FROM email_change WHERE person_id = $1 AND id > $2 ORDER BY id LIMIT $3`
