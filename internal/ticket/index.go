package ticket

import (
	"strings"

	"lodge/internal/platform/store"
)

// Who may find a document: the words in the index, which an asker must have one of.
func ScopeOrg(id string) string     { return "org:" + id }     // reads all tickets of the organisation
func ScopeOwn(id string) string     { return "own:" + id }     // the person is author or requester
func ScopePartner(id string) string { return "partner:" + id } // the partner reaches the organisation
func ScopeDesk(org string) string   { return "desk:" + org }   // the vendor's people, at work for the organisation

// IsDraft is what drafts have there, of whomever they are: the vendor's people find everything but those.
const IsDraft = "draft"

// index puts the ticket into the search index: what everybody reads as one document, notes as another that only staff
// find. A draft is found by its author alone.
func (s *Tickets) index(tx *store.Tx, t Ticket) error {
	if t.State == Draft {
		return tx.Index(store.Doc{ID: publicDoc(t.ID), Scope: []string{IsDraft, ScopeOwn(t.Author)}, Text: t.Number + " " + t.Title + " " + t.DraftText})
	}
	texts, err := store.Query[struct{ Visibility, Text string }](tx, selectTexts, t.ID)
	if err != nil {
		return err
	}
	aliases, err := store.Query[string](tx, selectAliases, t.ID)
	if err != nil {
		return err
	}
	public, internal := []string{t.Number, t.Title}, []string{}
	public = append(public, aliases...)
	for _, e := range texts {
		switch e.Visibility {
		case Public:
			public = append(public, e.Text)
		case Internal:
			internal = append(internal, e.Text)
		}
	}
	scope := []string{ScopeOrg(t.Org)}
	for _, person := range []string{t.Author, t.Requester} {
		if person != "" {
			scope = append(scope, ScopeOwn(person))
		}
	}
	partners, err := store.Query[string](tx, selectScopes, t.ID)
	if err != nil {
		return err
	}
	for _, id := range partners {
		scope = append(scope, ScopePartner(id))
	}
	if err := tx.Index(store.Doc{ID: publicDoc(t.ID), Scope: scope, Text: strings.Join(public, "\n")}); err != nil || len(internal) == 0 {
		return err
	}
	return tx.Index(store.Doc{ID: internalDoc(t.ID), Scope: []string{ScopeDesk(t.Org)}, Text: strings.Join(internal, "\n")})
}

func publicDoc(id string) string   { return "ticket:" + id + ":public" }
func internalDoc(id string) string { return "ticket:" + id + ":internal" }

// Found are the ids of the tickets behind documents that a search gave, each once, in their order.
func Found(docs []string) []string {
	var ids []string
	seen := map[string]bool{}
	for _, d := range docs {
		rest, ok := strings.CutPrefix(d, "ticket:")
		if !ok {
			continue
		}
		id, _, _ := strings.Cut(rest, ":")
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}
