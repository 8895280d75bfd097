package identity

import (
	"context"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// The steps below are what a company's own sign-in does here. Whether the company may, and for whom, is federation's to decide; it holds the
// keys of the address and of the person.

// Upstream is an account at a company's sign-in. Connection, issuer and subject name it for good; the address is only what the company
// says today.
type Upstream struct {
	Connection, Issuer, Subject string
	Email                       Email
	Session                     string // that side's name of its session (sid); '' = not told
}

// Entry is how far a person has come here.
type Entry struct {
	Been bool // has signed in before
	Way  bool // has a password or a second factor
}

// OfUpstream gives the person whom an account at a company's sign-in opens.
func OfUpstream(tx *store.Tx, u Upstream) (p Person, ok bool, err error) {
	return store.Maybe[Person](tx, selectOfUpstream, u.Connection, u.Issuer, u.Subject)
}

// EntryOf tells how far a person has come here.
func EntryOf(tx *store.Tx, p Person) (Entry, error) {
	n, err := store.One[int](tx, countWays, p.ID)
	return Entry{Been: !p.FirstSignInAt.IsZero(), Way: n > 0}, err
}

// OpenByCompany starts the session of the person whom a company's sign-in has shown: that counts as the first factor, every further
// step stays. Sessions begun so end with the connection.
func (s *Identities) OpenByCompany(tx *store.Tx, person string, u Upstream, v Visit) (Started, error) {
	if _, err := tx.Exec(touchCompanyIdentity, u.Connection, u.Issuer, u.Subject, tx.Now); err != nil {
		return Started{}, err
	}
	v.connection, v.upstream = u.Connection, u.Session
	return s.proceed(tx, person, v)
}

// LinkCompany lets an account at a company's sign-in open a person's account. Conflict of code identity.company_linked if the
// account opens somebody's already, or the person has another one there.
func (s *Identities) LinkCompany(tx *store.Tx, a who.Actor, person string, u Upstream) error {
	n, err := tx.Exec(insertCompanyIdentity, u.Connection, u.Issuer, u.Subject, person, string(u.Email), tx.Now)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "identity.company_linked")
	}
	if err != nil {
		return err
	}
	p, err := Get(tx, person)
	if err != nil {
		return err
	}
	if !p.FirstSignInAt.IsZero() {
		if err := s.tell(tx, p, "company_linked", "company", u.Email.Domain()); err != nil {
			return err
		}
	}
	return s.Events.Emit(tx, a, "", CompanyLinked{person, u.Connection})
}

// ProveByCompany counts the mailbox of somebody who has nothing to sign in with as proven, because the company that owns its domain says so.
func (s *Identities) ProveByCompany(tx *store.Tx, person string) error {
	_, err := tx.Exec(updateProven, person, tx.Now)
	return err
}

// Reclaim gives an account whose mailbox was never proven to the one who has it: everything with which somebody else may have come in
// is void, passwords, passkeys, second factor, links, another address that was asked for, mailed secrets and sessions.
func (s *Identities) Reclaim(tx *store.Tx, person, email string) error {
	for _, q := range []string{deleteCredentials, deleteRecovery, deletePasskeys, deleteCompanyIdentities, deleteChanges, endMailboxFirst} {
		if _, err := tx.Exec(q, person); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(endAllProofs, email, tx.Now); err != nil {
		return err
	}
	if err := endSessions(tx, person, ""); err != nil {
		return err
	}
	if _, err := tx.Exec(updateProven, person, tx.Now); err != nil {
		return err
	}
	return s.Events.Emit(tx, who.Actor{Person: person}, "", Reclaimed{person})
}

// EndConnection ends all sessions that came through a company's sign-in; with forget also what it may open.
func (s *Identities) EndConnection(tx *store.Tx, connection string, forget bool) error {
	if _, err := tx.Exec(revokeConnection, connection, tx.Now); err != nil || !forget {
		return err
	}
	_, err := tx.Exec(forgetConnection, connection)
	return err
}

// EndUpstream ends the sessions of an account at a company's sign-in: all, or the one that the company names.
func (s *Identities) EndUpstream(tx *store.Tx, u Upstream) error {
	if u.Subject == "" {
		_, err := tx.Exec(revokeUpstreamSession, u.Connection, u.Session, tx.Now)
		return err
	}
	p, ok, err := OfUpstream(tx, u)
	if err != nil || !ok {
		return err
	}
	_, err = tx.Exec(revokeUpstream, u.Connection, p.ID, u.Session, tx.Now)
	return err
}

// CompanyLink is an account at a company's sign-in that opens the actor's account.
type CompanyLink struct {
	Connection string
	Email      string
	LinkedAt   time.Time
	UsedAt     time.Time
}

// CompanyLinks are the actor's own.
func (s *Identities) CompanyLinks(ctx context.Context, a who.Actor) (all []CompanyLink, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[CompanyLink](tx, selectCompanyLinks, a.Person)
		return err
	})
	return all, err
}

// UnlinkCompany takes the actor's link to a company's sign-in away; sessions that came through it end, but for the actor's own. Forbidden unless
// the actor has proved himself lately, NotFound for a link that he has not, Conflict of code identity.last_way for the last way in.
func (s *Identities) UnlinkCompany(ctx context.Context, a who.Actor, connection string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	if err := a.MustProve(s.Store.Clock.Now()); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("person", a.Person), func(tx *store.Tx) error {
		email, ok, err := store.Maybe[string](tx, selectCompanyLink, a.Person, connection)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(deleteCompanyLink, a.Person, connection); err != nil {
			return err
		}
		left, err := store.One[int](tx, countWaysIn, a.Person)
		if err == nil && left == 0 {
			err = fault.New(fault.Conflict, "identity.last_way")
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(revokeOfPerson, connection, a.Person, a.Session, tx.Now); err != nil {
			return err
		}
		p, err := Get(tx, a.Person)
		if err != nil {
			return err
		}
		if err := s.tell(tx, p, "company_unlinked", "company", Email(email).Domain()); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", CompanyUnlinked{a.Person, connection})
	})
}

// CompanyLinked tells that an account at a company's sign-in opens the person's from now on.
type CompanyLinked struct{ Person, Connection string }

func (CompanyLinked) EventName() string { return "identity.company_linked" }
func (e CompanyLinked) Subject() string { return "person:" + e.Person }

// CompanyUnlinked tells that it does not any more.
type CompanyUnlinked struct{ Person, Connection string }

func (CompanyUnlinked) EventName() string { return "identity.company_unlinked" }
func (e CompanyUnlinked) Subject() string { return "person:" + e.Person }

// Reclaimed tells that an account whose mailbox was never proven went to the one who has it: what was made with it before is void.
type Reclaimed struct{ Person string }

func (Reclaimed) EventName() string { return "identity.reclaimed" }
func (e Reclaimed) Subject() string { return "person:" + e.Person }

const selectOfUpstream = `
	SELECT p.id, p.email, p.first_name, p.last_name, p.language, p.zone, p.phone, p.state, p.email_proven_at, p.first_sign_in_at, p.version
	FROM company_identity c
	JOIN person p ON p.id = c.person_id
	WHERE c.connection_id = $1 AND c.issuer = $2 AND c.subject = $3`

const countWays = `
	SELECT (SELECT count(*) FROM credential WHERE person_id = $1 AND kind <> 'totp-pending') + (SELECT count(*) FROM passkey WHERE person_id = $1)`

// countWaysIn is how many ways lead into an account: passwords, passkeys, and links to companies.
const countWaysIn = `
	SELECT (SELECT count(*) FROM credential WHERE person_id = $1 AND kind IN ('password', 'old-password')) +
		(SELECT count(*) FROM passkey WHERE person_id = $1) + (SELECT count(*) FROM company_identity WHERE person_id = $1)`

// insertCompanyIdentity changes no row if the account or the person is linked there.
const insertCompanyIdentity = `
	INSERT INTO company_identity (connection_id, issuer, subject, person_id, email, linked_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
	ON CONFLICT DO NOTHING`

const touchCompanyIdentity = `UPDATE company_identity SET used_at = $4 WHERE connection_id = $1 AND issuer = $2 AND subject = $3`

const deleteCompanyIdentities = `DELETE FROM company_identity WHERE person_id = $1`

const selectCompanyLink = `SELECT email FROM company_identity WHERE person_id = $1 AND connection_id = $2`

const deleteCompanyLink = `DELETE FROM company_identity WHERE person_id = $1 AND connection_id = $2`

const forgetConnection = `DELETE FROM company_identity WHERE connection_id = $1`

const selectCompanyLinks = `SELECT connection_id, email, linked_at, used_at FROM company_identity WHERE person_id = $1 ORDER BY linked_at, connection_id`

const revokeConnection = `UPDATE session SET revoked_at = $2 WHERE connection_id = $1 AND connection_id <> '' AND revoked_at IS NULL`

const revokeUpstream = `
	UPDATE session SET revoked_at = $4
	WHERE connection_id = $1 AND connection_id <> '' AND person_id = $2 AND ($3 = '' OR upstream_id = $3) AND revoked_at IS NULL`

const revokeUpstreamSession = `
	UPDATE session SET revoked_at = $3
	WHERE connection_id = $1 AND connection_id <> '' AND upstream_id = $2 AND upstream_id <> '' AND revoked_at IS NULL`

const revokeOfPerson = `
	UPDATE session SET revoked_at = $4
	WHERE connection_id = $1 AND connection_id <> '' AND person_id = $2 AND id <> $3 AND revoked_at IS NULL`
