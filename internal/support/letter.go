package support

import (
	"strconv"
	"strings"
	"unicode"

	"lodge/internal/account"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/ticket"
)

// A letter's text comes from a ticket.Posted, which only a message for everybody gives. A ticket.Note fits into none of
// these functions.

// tellOpened writes to the requester, if somebody else opened the request.
func (s *Requests) tellOpened(tx *store.Tx, a who.Actor, t ticket.Ticket) error {
	return s.tell(tx, a, t, "opened", func(r reader) bool { return r.Person == t.Requester })
}

// tellAnswer writes to those who have a part in the request on the other sides.
func (s *Requests) tellAnswer(tx *store.Tx, a who.Actor, t ticket.Ticket, p ticket.Posted) error {
	return s.tell(tx, a, t, "answer", others(a), "text", letterText(p))
}

// tellSolution does so for a proposed solution.
func (s *Requests) tellSolution(tx *store.Tx, a who.Actor, t ticket.Ticket, p ticket.Posted) error {
	return s.tell(tx, a, t, "solution", others(a), "text", letterText(p))
}

// tellAction does so for an action that was planned or moved.
func (s *Requests) tellAction(tx *store.Tx, a who.Actor, t ticket.Ticket, act ticket.Action) error {
	kind := "action"
	if act.WasOn != "" {
		kind = "action_moved"
	}
	return s.tell(tx, a, t, kind, others(a), "action", mail.Name(act.Title), "side", fault.Msg("ticket.side_"+string(act.Side)), "day", act.On, "was", act.WasOn)
}

func others(a who.Actor) func(reader) bool {
	side := ticket.SideOf(a)
	return func(r reader) bool { return r.Side != side }
}

// reader is somebody who has a part in a request, with what tells whether he may still see it.
type reader struct {
	Person, Email, Language string
	Side                    ticket.Side
	Number                  int64 // of the organisation acted for
	Kind                    string
	Family                  bool   // the organisation is of the request's own family
	Roles, Partnership      string // names, separated by blanks
	Customer                int64  // number of the request's organisation
}

// may asks again what the request's page would ask: membership and partnership are in force, as the query found, and the
// roles of today still show this request.
func (r reader) may(roles who.Table, t ticket.Ticket) bool {
	a := who.Actor{Person: r.Person, Roles: strings.Fields(r.Roles)}
	switch {
	case r.Side == ticket.Customer && r.Family:
		a.Source = who.Own
	case r.Side == ticket.Vendor && r.Kind == account.Vendor:
		a.Source = who.Staff
	case r.Side == ticket.Partner:
		a.Source, a.Roles = who.Partnership, account.InPartnership(a.Roles, strings.Fields(r.Partnership))
	default:
		return false
	}
	a.Rights = roles.Rights(a.Roles)
	return visible(a, t)
}

// link leads the reader to the request by the way he may take.
func (r reader) link(base string, t ticket.Ticket) string {
	at := base + "/o/" + strconv.FormatInt(r.Number, 10)
	if r.Side != ticket.Customer {
		at += "/for/" + strconv.FormatInt(r.Customer, 10)
	}
	return at + placeOf(t.Number)
}

// tell writes a letter to all who have a part in the request, whom to picks and who may see it today; never to the actor.
func (s *Requests) tell(tx *store.Tx, a who.Actor, t ticket.Ticket, kind string, to func(reader) bool, args ...any) error {
	if s.Office == nil {
		return nil
	}
	all, err := store.Query[reader](tx, selectReaders, t.ID, a.Person, tx.Now)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !to(r) || !r.may(s.Roles, t) {
			continue
		}
		given := append([]any{"number", t.Number, "title", mail.Name(t.Title), "who", mail.Name(a.Name), "link", r.link(s.BaseURL, t)}, s.local(r, args)...)
		if _, err := s.Office.Post(tx, mail.Letter{To: r.Email, Person: r.Person, Org: t.Org, Language: r.Language, Kind: "support.mail." + kind, Args: given}); err != nil {
			return err
		}
	}
	return nil
}

// local spells days as the reader does.
func (s *Requests) local(r reader, args []any) []any {
	p := s.Office.Catalogue.For(r.Language)
	out := append([]any{}, args...)
	for i := 0; i+1 < len(out); i += 2 {
		if day, ok := out[i+1].(string); ok && (out[i] == "day" || out[i] == "was") {
			out[i+1] = p.Day(day)
		}
	}
	return out
}

// maxLetter is how many characters of a message a letter quotes.
const maxLetter = 4000

// letterText is a message as plain text for a letter: each line marked as quoted, without control characters.
func letterText(p ticket.Posted) string {
	text := strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return ' '
		}
		return r
	}, p.Plain())
	if r := []rune(text); len(r) > maxLetter {
		text = string(r[:maxLetter]) + "…"
	}
	return "> " + strings.ReplaceAll(text, "\n", "\n> ")
}
