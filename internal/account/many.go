package account

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

// MaxMany is how many contacts one act may ask in.
const MaxMany = 200

// ManyRow is what came of one of many contacts, in the order in which they were named.
type ManyRow struct {
	NewContact
	ID string       // of the contact; '' if refused
	No *fault.Error // nil = invited
}

// InviteMany asks many people in, each as Invite does, in a transaction of its own and with a result of its own: one that is refused keeps no other back. The
// actor needs Invite. Invalid at contacts for none or more than MaxMany.
func (s *Accounts) InviteMany(ctx context.Context, a who.Actor, all []NewContact) (rows []ManyRow, err error) {
	if err := a.Must(Invite); err != nil {
		return nil, err
	}
	var c fault.Check
	c.Need(len(all) > 0 && len(all) <= MaxMany, "contacts", "account.many_count", "max", MaxMany)
	if err := c.Err(); err != nil {
		return nil, err
	}
	key := a.Key
	for _, in := range all {
		if key != "" {
			a.Key = key + " " + in.Email // each is deduplicated for itself
		}
		id, err := s.Invite(ctx, a, in)
		no := fault.Of(err)
		if err != nil && (no == nil || no.Kind == fault.Unavailable || no.Kind == fault.TooMany) {
			return nil, err // says nothing about the row: the list can be sent again
		}
		rows = append(rows, ManyRow{in, id, no})
	}
	return rows, nil
}

// manyColumns are the columns of a list of contacts; a role may be left out.
var manyColumns = []string{"first_name", "last_name", "email", "role"}

// ReadContacts reads a list of contacts as spreadsheets write it: UTF-8, a header with the names of manyColumns in any order, commas, semicolons or tabs between. Invalid
// at contacts, with the line, for what is none.
func ReadContacts(text []byte) (all []NewContact, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) || bytes.ContainsRune(text, utf8.RuneError) { // the sign that stands for what was lost
		return nil, noList("account.many_encoding")
	}
	text = norm.NFC.Bytes(text)
	first, _, _ := bytes.Cut(text, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = separator(first)
	r.TrimLeadingSpace = r.Comma != '\t' // which is a space itself: an empty cell would be lost
	header, err := r.Read()
	if err != nil {
		return nil, noList("account.many_header", "columns", manyColumns)
	}
	var at [4]int
	for i, name := range manyColumns {
		at[i] = slices.IndexFunc(header, func(cell string) bool { return strings.EqualFold(strings.TrimSpace(cell), name) })
		if at[i] < 0 && name != "role" {
			return nil, noList("account.many_header", "columns", manyColumns)
		}
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, noList("account.many_line", "line", int64(bad.StartLine))
		}
		if err != nil {
			return nil, err
		}
		if len(all) == MaxMany {
			return nil, noList("account.many_count", "max", MaxMany)
		}
		cell := func(i int) string {
			if at[i] < 0 {
				return ""
			}
			return strings.TrimSpace(cells[at[i]])
		}
		all = append(all, NewContact{FirstName: cell(0), LastName: cell(1), Email: cell(2), Role: cell(3)})
	}
}

// separator is the one of the three that the header has.
func separator(header []byte) rune {
	for _, c := range ";\t" {
		if bytes.ContainsRune(header, c) {
			return c
		}
	}
	return ','
}

func noList(key string, args ...any) error {
	var c fault.Check
	c.Need(false, "contacts", key, args...)
	return c.Err()
}

// writeContacts writes contacts as ReadContacts reads them.
func writeContacts(rows []ManyRow) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(manyColumns) // a Builder takes everything
	for _, r := range rows {
		w.Write([]string{r.FirstName, r.LastName, r.Email, r.Role})
	}
	w.Flush()
	return b.String()
}
