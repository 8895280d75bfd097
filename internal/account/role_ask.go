package account

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/lang"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Answers to somebody who asks for a right.
const (
	AskGiven   = "given"
	AskRefused = "refused"
)

// AsksAt is the page of those who ask for a right, below an organisation's address.
const AsksAt = "/asks"

// maxAskText is how long the text of an ask, or of its refusal, may be: in characters.
const maxAskText = 300

// RoleAsk is an open ask for a right that somebody misses in an organisation.
type RoleAsk struct {
	ID, Org         string
	Number          int64 // of the organisation
	OrgName, Kind   string
	Membership      string
	Person          string
	First, Last     string
	Email, Language string
	Action          string // the right
	Text            string
	Desk            string // organisation whose desk was asked too; '' = the own people only
	At              time.Time
}

// NewRoleAsk is what somebody asks.
type NewRoleAsk struct {
	Action string // the right
	Text   string // what for
	Desk   bool   // also the desk of the partner or the vendor, because the own people cannot be reached
}

// AskRole asks those who can give the actor a right in the organisation that he works for: its own people, or the desk of its partner or the vendor where there is nobody or he
// says so. They are told by mail, and it stands on their page until it is given or refused. Asked twice, it is asked once; the desk may be added.
//
// Any member may, for himself. Conflict of code account.ask_held if he has the right, account.ask_nobody if nobody can have it there; Invalid at text.
func (s *Accounts) AskRole(ctx context.Context, a who.Actor, in NewRoleAsk) error {
	if err := a.Must(ViewHome); err != nil {
		return err
	}
	action := who.Action(in.Action)
	var c fault.Check
	c.Need(len([]rune(in.Text)) <= maxAskText, "text", "account.ask_long", "max", maxAskText)
	c.Need(!strings.ContainsFunc(in.Text, lang.Unprintable), "text", "account.ask_odd")
	if err := c.Err(); err != nil {
		return err
	}
	switch {
	case a.Source != who.Own || a.Person == "" || !s.Roles.All()[action]:
		return fault.Missing()
	case a.May(action):
		return fault.New(fault.Conflict, "account.ask_held")
	}
	w, err := s.Ask(ctx, a, action)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		org, err := Get(tx, a.Org)
		if err != nil {
			return err
		}
		if !s.heldIn(org.Kind, action) {
			return fault.New(fault.Conflict, "account.ask_nobody")
		}
		desk := ""
		if in.Desk || len(w.People) == 0 {
			if w.Desk, err = deskOf(tx, a, true); err != nil {
				return err
			}
			desk = w.Desk.ID
		}
		open, asked, err := store.Maybe[RoleAsk](tx, selectOpenAsk, a.Org, a.Person, in.Action)
		if err != nil || asked && (open.Desk != "" || desk == "") {
			return err
		}
		people := w.People
		id := open.ID
		if asked {
			people = nil // they know
			_, err = tx.Exec(updateAskDesk, id, desk, in.Text)
		} else {
			id = tx.NewID()
			_, err = tx.Exec(insertAsk, id, a.Org, a.Person, in.Action, strings.TrimSpace(in.Text), desk, tx.Now)
		}
		if err != nil {
			return err
		}
		if err := s.tellAsked(tx, a, org, in, people, w.Desk, desk != ""); err != nil {
			return err
		}
		return s.Events.Emit(tx, a, a.Org, RoleAsked{id, in.Action, desk})
	})
}

// tellAsked writes to those who were asked.
func (s *Accounts) tellAsked(tx *store.Tx, a who.Actor, org Organisation, in NewRoleAsk, people []Person, desk Organisation, toDesk bool) error {
	tell := func(to Person, at Organisation) error {
		p := s.Office.Catalogue.For(at.Language)
		_, err := s.Office.Post(tx, mail.Letter{To: to.Email, Person: to.ID, Org: at.ID, Language: at.Language, Kind: "account.mail.role_ask",
			Args: []any{"by", mail.Name(a.Name), "email", a.Email, "organisation", mail.Name(org.Name), "number", strconv.FormatInt(org.Number, 10), "right", p.T("app.right." + in.Action),
				"link", s.BaseURL + "/o/" + strconv.FormatInt(at.Number, 10) + AsksAt}})
		return err
	}
	for _, to := range people {
		if err := tell(to, org); err != nil {
			return err
		}
	}
	if !toDesk || desk.Email == "" {
		return nil // it stands on the desk's page
	}
	return tell(Person{Email: desk.Email}, desk)
}

// RoleAsks lists what waits for an answer in the organisation in view, and for the desk of one's own: at most a hundred. The actor needs StageRoles.
func (s *Accounts) RoleAsks(ctx context.Context, a who.Actor) (all []RoleAsk, err error) {
	if err := a.Must(StageRoles); err != nil {
		return nil, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		all, err = store.Query[RoleAsk](tx, selectAsks, a.Org, forDesk(a), tx.Now)
		return err
	})
	return all, err
}

// forDesk tells whether the actor answers for the desk of his organisation: at the vendor whoever changes roles, at a partner who holds the role by name that lets him repair those of
// customers.
func forDesk(a who.Actor) bool {
	return a.Source == who.Own && (a.Reach.All || a.Is(SecurityAdministrator))
}

// Giving are the roles by which somebody gets the right in an organisation of this kind.
func (s *Accounts) Giving(kind, action string) (roles []string) {
	for _, role := range s.Roles.Holders(who.Action(action)) {
		if slices.Contains(RolesOf(kind), role) {
			roles = append(roles, role)
		}
	}
	return inOrder(roles)
}

// RefuseRole answers an open ask of the organisation in view, or of the own desk, with no; the asker is told why. NotFound for what is not there any more. The actor needs
// StageRoles. Invalid at reason if it is missing or too long.
func (s *Accounts) RefuseRole(ctx context.Context, a who.Actor, id, reason string) error {
	if err := a.Must(StageRoles); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	var c fault.Check
	c.Need(reason != "", "reason", "account.ask_reason_missing")
	c.Need(len([]rune(reason)) <= maxAskText, "reason", "account.ask_long", "max", maxAskText)
	c.Need(!strings.ContainsFunc(reason, lang.Unprintable), "reason", "account.ask_odd")
	if err := c.Err(); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("org", a.Org), func(tx *store.Tx) error {
		all, err := store.Query[RoleAsk](tx, selectAsks, a.Org, forDesk(a), tx.Now)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(ask RoleAsk) bool { return ask.ID == id })
		if i < 0 {
			return fault.Missing()
		}
		return s.answer(tx, a, all[i], AskRefused, reason)
	})
}

// answer closes an ask, once.
func (s *Accounts) answer(tx *store.Tx, a who.Actor, ask RoleAsk, answer, reason string) error {
	n, err := tx.Exec(answerAsk, ask.ID, answer, reason, a.Person, tx.Now)
	if err != nil || n == 0 {
		return err
	}
	if err := s.Events.Emit(tx, a, ask.Org, RoleAnswered{ask.ID, ask.Membership, ask.Action, answer}); err != nil || answer == AskGiven {
		return err // the letter about the roles says it
	}
	p := s.Office.Catalogue.For(ask.Language)
	_, err = s.Office.Post(tx, mail.Letter{To: ask.Email, Person: ask.Person, Org: ask.Org, Language: ask.Language, Kind: "account.mail.role_refused",
		Args: []any{"name", mail.Name(ask.First), "by", mail.Name(a.Name), "organisation", mail.Name(ask.OrgName), "right", p.T("app.right." + ask.Action), "text", reason}})
	return err
}

// fulfil closes the open asks of a contact whose new roles give what was asked for.
func (s *Accounts) fulfil(tx *store.Tx, a who.Actor, org, membership string, roles []string) error {
	open, err := store.Query[RoleAsk](tx, selectAsksOfContact, org, membership)
	if err != nil {
		return err
	}
	rights := s.Roles.Rights(roles)
	for _, ask := range open {
		if !rights[who.Action(ask.Action)] {
			continue
		}
		if err := s.answer(tx, a, ask, AskGiven, ""); err != nil {
			return err
		}
	}
	return nil
}

const askColumns = `
	SELECT k.id, k.org_id, o.number, o.name, o.kind, m.id, p.id, p.first_name, p.last_name, p.email, CASE WHEN p.language <> '' THEN p.language ELSE o.language END,
		k.action, k.text, k.desk_id, k.asked_at
	FROM role_ask k
	JOIN organisation o ON o.id = k.org_id
	JOIN person p ON p.id = k.person_id
	JOIN membership m ON m.org_id = k.org_id AND m.person_id = k.person_id AND m.state = 'active'`

const selectOpenAsk = askColumns + ` WHERE k.org_id = $1 AND k.person_id = $2 AND k.action = $3 AND k.answer = ''`

const selectAsksOfContact = askColumns + ` WHERE k.org_id = $1 AND m.id = $2 AND k.answer = ''`

const selectAsks = askColumns + `
	WHERE k.id IN (SELECT x.id FROM role_ask x WHERE x.org_id = $1 AND x.answer = ''
			UNION SELECT x.id FROM role_ask x WHERE $2 AND x.desk_id = $1 AND x.answer = '')
		AND (k.org_id = $1 OR (SELECT d.kind FROM organisation d WHERE d.id = $1) = 'vendor' OR EXISTS (
			SELECT 1 FROM partnership pa
			JOIN partnership_role pr ON pr.partnership_id = pa.id AND pr.role = 'security-administrator'
			WHERE pa.partner_id = $1 AND pa.customer_id = o.root_id AND pa.from_at <= $3 AND (pa.until_at IS NULL OR pa.until_at > $3)))
		AND (m.until_at IS NULL OR m.until_at > $3)
	ORDER BY k.id
	LIMIT 100`

const insertAsk = `
	INSERT INTO role_ask (id, org_id, person_id, action, text, desk_id, asked_at, answer, reason, answered_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '')`

const updateAskDesk = `UPDATE role_ask SET desk_id = $2, text = CASE WHEN $3 <> '' THEN $3 ELSE text END WHERE id = $1`

const answerAsk = `UPDATE role_ask SET answer = $2, reason = $3, answered_by = $4, answered_at = $5 WHERE id = $1 AND answer = ''`
