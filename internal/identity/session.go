package identity

import (
	"context"
	"time"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Steps that a half-authenticated session still misses.
const (
	StepDone  = ""
	StepCode  = "code"       // a code sent to the mailbox
	StepTOTP  = "totp"       // the second factor: the app's code, a recovery code or a passkey
	StepSetUp = "totp-setup" // who must have a second factor and has none yet
)

const (
	idleStaff   = 30 // minutes
	idleOthers  = 12 * 60
	absolute    = 30 * 24 * time.Hour
	halfSession = 15 * time.Minute // to pass the remaining steps
	touchEvery  = time.Minute      // how exactly activity is known
)

// Session is a sign-in on one device.
type Session struct {
	ID, Person, Step, Device, Address string
	CreatedAt, SeenAt, AbsoluteUntil  time.Time
	Current                           bool // the one that asks
}

// Started is what the browser gets.
type Started struct {
	Token    string   // for the cookie; shown nowhere else
	Step     string   // what is still missing
	Recovery []string // new recovery codes, to be shown once
}

// Visit is where a request comes from.
type Visit struct {
	Address string // network address
	Device  string // User-Agent header

	connection, upstream string // of a company's sign-in: which, and its own name of the session; '' = none
}

// start makes a session with a new token; the step says what it still misses.
func (s *Identities) start(tx *store.Tx, person, step string, staff bool, v Visit) (id, token string, err error) {
	token, hash := crypt.Token()
	id = tx.NewID()
	idle, until := idleOthers, tx.Now.Add(absolute)
	if staff {
		idle = idleStaff
	}
	idleUntil := tx.Now.Add(time.Duration(idle) * time.Minute)
	if step != StepDone {
		idleUntil, until = tx.Now.Add(halfSession), tx.Now.Add(halfSession)
	}
	_, err = tx.Exec(insertSession, id, hash, person, step, deviceName(v.Device), v.Address, tx.Now, idle, idleUntil, until, v.connection, v.upstream)
	return id, token, err
}

// Half is a session that misses a step.
type Half struct {
	Session, Person, Step, Email, Language string
	Connection, Upstream                   string // of a company's sign-in; '' = none
}

// Half gives the half-authenticated session of the token: SignIn if there is none, or it has ended, or is complete.
func (s *Identities) Half(ctx context.Context, token string) (h Half, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		h, err = s.half(tx, token)
		return err
	})
	return h, err
}

func (s *Identities) half(tx *store.Tx, token string) (Half, error) {
	if !crypt.Plausible(token) {
		return Half{}, fault.New(fault.SignIn, "fault.sign_in")
	}
	h, ok, err := store.Maybe[Half](tx, selectHalf, crypt.HashToken(token), tx.Now)
	if err == nil && !ok {
		err = fault.New(fault.SignIn, "fault.sign_in")
	}
	return h, err
}

// SignOut ends the actor's session.
func (s *Identities) SignOut(ctx context.Context, a who.Actor) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	// Free: one conditional statement; a late request of the session finds it revoked.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		if _, err := tx.Exec(revokeSession, a.Session, a.Person, tx.Now); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, "", SignedOut{a.Person, a.Session})
	})
}

// Sessions lists the actor's own open sessions, the newest first.
func (s *Identities) Sessions(ctx context.Context, a who.Actor) (all []Session, err error) {
	if err := a.Must(who.Person); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		type row struct {
			ID, Person, Step, Device, Address string
			CreatedAt, SeenAt, AbsoluteUntil  time.Time
		}
		rows, err := store.Query[row](tx, selectSessions, a.Person, tx.Now)
		for _, r := range rows {
			all = append(all, Session{r.ID, r.Person, r.Step, r.Device, r.Address, r.CreatedAt, r.SeenAt, r.AbsoluteUntil, r.ID == a.Session})
		}
		return err
	})
	return all, err
}

// Revoke ends one of the actor's own sessions, also one that has ended already; somebody else's is NotFound.
func (s *Identities) Revoke(ctx context.Context, a who.Actor, id string) error {
	if err := a.Must(who.Person); err != nil {
		return err
	}
	// Free: one conditional statement.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		n, err := tx.Exec(revokeSession, id, a.Person, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			own, err := store.One[int](tx, countSession, id, a.Person)
			if err == nil && own == 0 {
				err = fault.Missing()
			}
			return err
		}
		return s.Events.Emit(tx, a, "", SessionRevoked{a.Person, id})
	})
}

// Fading tells whether Touch may have something to do.
func (s *Identities) Fading(session string) bool { return s.seen.Due(session, s.Store.Clock.Now()) }

// Touch keeps a session alive after a request: it never passes its absolute end. Called after the answer.
func (s *Identities) Touch(ctx context.Context, session string) error {
	var idle time.Duration
	var now, last time.Time
	err := s.Store.Read(ctx, func(tx *store.Tx) error {
		seen, ok, err := store.Maybe[struct {
			SeenAt time.Time
			Idle   int
		}](tx, selectIdle, session, tx.Now)
		now, last = tx.Now, seen.SeenAt
		if ok && now.Sub(last) >= touchEvery {
			idle, last = time.Duration(seen.Idle)*time.Minute, now
		}
		return err
	})
	if err == nil {
		s.seen.Rest(session, now, last.Add(touchEvery))
	}
	if err != nil || idle == 0 {
		return err
	}
	// Free: one conditional statement, about once a minute and session.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(touchSession, session, tx.Now, tx.Now.Add(idle))
		return err
	})
}

// Chosen remembers the membership that the switcher chose, and counts: forms made before disagree from now on.
func Chosen(tx *store.Tx, session, org string) error {
	_, err := tx.Exec(chooseOrg, session, org)
	return err
}

// Stays remembers that the reader wants to go on with the membership that he chose, though it is not his primary one.
func Stays(tx *store.Tx, session string) error {
	_, err := tx.Exec(stayInOrg, session)
	return err
}

// endSessions ends all sessions of a person but one ("" ends all).
func endSessions(tx *store.Tx, person, but string) error {
	_, err := tx.Exec(revokeAll, person, but, tx.Now)
	return err
}

// EndWithoutFactor ends the sessions of these people that have shown no second factor: a step of who makes them need one.
func EndWithoutFactor(tx *store.Tx, people []string) error {
	_, err := tx.Exec(endUnproven, store.List(people), tx.Now)
	return err
}
