package identity

import (
	"context"
	"strings"
	"time"

	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/job"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Purposes of a mailed secret; one of another purpose fits no door.
const (
	Reset    = "reset"
	Register = "register"
	Operator = "operator" // printed on the console by lodge init
)

const proofTime = 2 * time.Hour

// mailed is the job behind "forgotten password" and "register": the page only queues it, so that its answer, its time and
// its statements are the same whoever asks for whichever address.
type mailed struct {
	Email    string `json:"email"`
	Purpose  string `json:"purpose"`
	Language string `json:"language"`
}

func (mailed) Kind() string { return "identity.proof" }

// Work lets this process handle the package's jobs.
func (s *Identities) Work() { job.Handle(s.Jobs, s.mailProof) }

// Ask mails a link for the purpose (Reset or Register) to the typed address. Anybody may. The answer never tells whether somebody has
// it: only an unreadable address is Invalid at email, and TooMany comes after too many questions.
func (s *Identities) Ask(ctx context.Context, typed, purpose, language string, v Visit) (Email, error) {
	var c fault.Check
	email := NeedEmail(&c, "email", typed)
	if err := c.Err(); err != nil {
		return "", err
	}
	// Questions have counters of their own: an office that asks for many links does not slow down its own sign-ins.
	asked, network := "ask:"+crypt.HashToken(string(email))[:32], "ask:"+limit.Network(v.Address)
	// Free: counters, each with one conditional statement, and one job.
	return email, s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		if _, err := limit.Take(tx, asked, network); err != nil {
			return err
		}
		return s.Jobs.Insert(tx, mailed{string(email), purpose, language})
	})
}

func (s *Identities) mailProof(ctx context.Context, j job.Job[mailed]) error {
	return s.Store.Write(ctx, store.Lock("email", j.Args.Email), func(tx *store.Tx) error {
		if first, err := j.Done(tx); err != nil || !first {
			return err
		}
		p, known, err := Find(tx, Email(j.Args.Email))
		if err != nil || known && p.State == Disabled {
			return err
		}
		kind, purpose, path := j.Args.Purpose, j.Args.Purpose, "/register/"
		if purpose == Reset {
			path = "/forgotten/"
		}
		switch {
		case purpose == Reset && !known:
			return nil // nobody: no mail to an address that nobody here has
		case purpose == Register && known && !p.FirstSignInAt.IsZero():
			kind, purpose, path = "register_known", Reset, "/forgotten/" // has an account: the link sets a new password
		}
		token, err := s.prove(tx, purpose, p.ID, Email(j.Args.Email))
		if err != nil {
			return err
		}
		language := j.Args.Language
		if known && p.Language != "" {
			language = p.Language
		}
		_, err = s.Office.Post(tx, mail.Letter{To: j.Args.Email, Person: p.ID, Language: language, Kind: "identity.mail." + kind,
			Args: []any{"link", s.BaseURL + path + token, "email", Email(j.Args.Email).Shown()}})
		return err
	})
}

// prove makes a secret for one purpose; an older one of the same purpose and address ends.
func (s *Identities) prove(tx *store.Tx, purpose, person string, email Email) (token string, err error) {
	if _, err := tx.Exec(endProofs, string(email), purpose, tx.Now); err != nil {
		return "", err
	}
	token, hash := crypt.Token()
	var id any
	if person != "" {
		id = person
	}
	_, err = tx.Exec(insertProof, tx.NewID(), hash, purpose, id, string(email), "", "", tx.Now, tx.Now.Add(proofTime))
	return token, err
}

// Proof is a mailed secret that still holds.
type Proof struct {
	ID      string
	Person  string // who has the address; '' = nobody yet
	Email   string
	Expires time.Time
}

// Proof looks a mailed secret up without using it: any number of times, by anybody who has it. NotFound for one that is
// unknown, used, over, or of another purpose.
func (s *Identities) Proof(ctx context.Context, purpose, token string) (p Proof, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = findProof(tx, purpose, token)
		return err
	})
	return p, err
}

func findProof(tx *store.Tx, purpose, token string) (Proof, error) {
	if !crypt.Plausible(token) {
		return Proof{}, fault.New(fault.NotFound, "identity.link_over")
	}
	p, ok, err := store.Maybe[Proof](tx, selectProof, crypt.HashToken(token), purpose, tx.Now)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "identity.link_over")
	}
	return p, err
}

// useUp is true for one of many who come with the same secret; the others get NotFound.
func useUp(tx *store.Tx, p Proof) error {
	n, err := tx.Exec(useProof, p.ID, tx.Now)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "identity.link_over")
	}
	return err
}

// NewPassword is what somebody with a proof types.
type NewPassword struct {
	FirstName, LastName string // of a new account
	Password            string // as typed
}

// Take uses a mailed secret up: it sets the password, makes the account if the purpose is Register and there is none, ends
// every other session and secret of the person, and goes on to sign in. Whoever has the secret may. Invalid at the fields,
// NotFound if the secret does not hold any more.
func (s *Identities) Take(ctx context.Context, purpose, token string, in NewPassword, v Visit) (out Started, err error) {
	p, err := s.Proof(ctx, purpose, token)
	if err != nil {
		return Started{}, err
	}
	if err := s.checkNew(ctx, purpose, p, in); err != nil {
		return Started{}, err
	}
	phc, err := s.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return Started{}, err
	}
	keys := store.Lock("email", p.Email)
	if p.Person != "" {
		keys = keys.And(store.Lock("person", p.Person))
	}
	err = s.Store.Write(ctx, keys, func(tx *store.Tx) error {
		p, err := findProof(tx, purpose, token)
		if err != nil {
			return err
		}
		if err := useUp(tx, p); err != nil {
			return err
		}
		person, err := s.owner(tx, purpose, p, in)
		if err != nil {
			return err
		}
		if err := s.proven(tx, person, p.Email, phc, purpose); err != nil {
			return err
		}
		out, err = s.proceed(tx, person, v)
		return err
	})
	return out, err
}

// checkNew holds the new password, and the names of a new account, to the rules.
func (s *Identities) checkNew(ctx context.Context, purpose string, p Proof, in NewPassword) error {
	var c fault.Check
	if purpose == Register && p.Person == "" {
		NeedName(&c, "first_name", in.FirstName)
		NeedName(&c, "last_name", in.LastName)
	}
	var companies []string
	if p.Person != "" {
		err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			companies, err = s.Companies(tx, p.Person)
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := s.Passwords.Need(&c, "password", in.Password, Email(p.Email), companies...); err != nil {
		return err
	}
	return c.Err()
}

// NeedName adds a message unless the name is there and at most 100 characters long.
func NeedName(c *fault.Check, field, name string) {
	c.Need(strings.TrimSpace(name) != "", field, "identity.name_missing")
	c.Need(len([]rune(name)) <= 100, field, "identity.name_long", "max", 100)
	c.Need(!strings.ContainsFunc(name, lang.Unprintable), field, "identity.name_odd")
}

// owner is the person who has the address of a proof; Register makes one where there is none.
func (s *Identities) owner(tx *store.Tx, purpose string, p Proof, in NewPassword) (string, error) {
	person, known, err := Find(tx, Email(p.Email))
	switch {
	case err != nil:
		return "", err
	case known && person.State == Disabled, !known && purpose != Register:
		return "", fault.New(fault.NotFound, "identity.link_over")
	case known:
		return person.ID, nil
	}
	if person, err = s.Ensure(tx, Email(p.Email), in.FirstName, in.LastName, ""); err != nil {
		return "", err
	}
	return person.ID, s.Events.Emit(tx, who.Actor{Person: person.ID}, "", Registered{person.ID})
}

// proven is what a proof of the mailbox brings: the address counts as proven, the new password is the only one, all
// sessions and all other mailed secrets end. A second factor and passkeys stay, because a mailbox alone must not take them away, unless
// they were set up before the mailbox was ever proven: then they may be a stranger's, as may the link to a company's sign-in.
func (s *Identities) proven(tx *store.Tx, person, email, phc, by string) error {
	p, err := Get(tx, person)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(updateProven, person, tx.Now); err != nil {
		return err
	}
	if err := setPassword(tx, person, phc); err != nil {
		return err
	}
	if _, err := tx.Exec(deleteCredential, person, pending); err != nil {
		return err
	}
	if p.ProvenAt.IsZero() {
		if err := dropFactor(tx, person); err != nil {
			return err
		}
		for _, q := range []string{deletePasskeys, deleteCompanyIdentities} {
			if _, err := tx.Exec(q, person); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec(endMailboxFirst, person); err != nil {
		return err
	}
	if err := endSessions(tx, person, ""); err != nil {
		return err
	}
	if _, err := tx.Exec(endAllProofs, email, tx.Now); err != nil {
		return err
	}
	if err := s.stopChange(tx, who.Actor{Person: person}, "password"); err != nil {
		return err
	}
	if !p.FirstSignInAt.IsZero() {
		if err := s.tell(tx, p, "password_set"); err != nil {
			return err
		}
	}
	return s.Events.Emit(tx, who.Actor{Person: person}, "", PasswordSet{person, by})
}

// Confirm is the end of an invitation that somebody accepts who is signed in with the invited address: the token that was
// mailed proves the mailbox. Where anew says so, all sessions end and the sign-in begins again behind the password, because
// what the person now gets may need a further step.
func (s *Identities) Confirm(tx *store.Tx, person string, anew bool, v Visit) (Started, error) {
	if _, err := tx.Exec(updateProven, person, tx.Now); err != nil {
		return Started{}, err
	}
	if err := s.stopChange(tx, who.Actor{Person: person}, "invitation"); err != nil || !anew {
		return Started{}, err
	}
	if err := endSessions(tx, person, ""); err != nil {
		return Started{}, err
	}
	return s.proceed(tx, person, v)
}

// Welcome is the end of an accepted invitation, in its transaction: the token that was mailed proves the mailbox, the password
// is set, and the sign-in goes on. The caller has used the token up.
func (s *Identities) Welcome(tx *store.Tx, person Person, phc string, in NewPassword, v Visit) (Started, error) {
	if _, err := tx.Exec(updateName, person.ID, in.FirstName, in.LastName); err != nil {
		return Started{}, err
	}
	if err := s.proven(tx, person.ID, person.Email, phc, "invitation"); err != nil {
		return Started{}, err
	}
	return s.proceed(tx, person.ID, v)
}

// ProveOperator makes the secret that lodge init prints: with it the first operator sets a password. An older one ends.
func (s *Identities) ProveOperator(tx *store.Tx) (token string, err error) {
	return s.prove(tx, Operator, "", "")
}

// UseOperator uses that secret up: NotFound for the second who comes with it.
func (s *Identities) UseOperator(tx *store.Tx, token string) error {
	p, err := findProof(tx, Operator, token)
	if err != nil {
		return err
	}
	return useUp(tx, p)
}
