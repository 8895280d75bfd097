package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/identity"
	"lodge/internal/platform/store"
)

// record is a row of the table import_row.
type record struct {
	Source, File, ID string
	Seq              int64
	Sum              string
	Fixed            string
	Notes            string
	Target           string
	Made             bool
	Email            string
	Usable           bool
	Cells            string
}

// known is the record as the decisions want it.
func (r *record) known() (Known, error) {
	k := Known{Target: r.Target, Made: r.Made, Email: r.Email, Usable: r.Usable}
	if r.Notes != "" {
		k.Notes = strings.Split(r.Notes, ";")
	}
	sum, err := hex.DecodeString(r.Sum)
	if err == nil {
		copy(k.Sum[:], sum)
		err = json.Unmarshal([]byte(r.Fixed), &k.Fixed)
	}
	return k, err
}

func (r *record) key() RowKey { return RowKey{r.File, r.ID} }

// rowKey names a row in the table; no part of it but the last may hold a slash, and that may not either.
func rowKey(source string, k RowKey) string { return source + "/" + k.File + "/" + k.ID }

// said are the cells of the row as it was taken last.
func (r *record) said() map[string]string {
	m := map[string]string{}
	json.Unmarshal([]byte(r.Cells), &m) // written by this package; what cannot be read counts as changed in Lodge
	return m
}

// remember makes the record of a row that is taken.
func remember(source string, row *Row, d Decision) *record {
	fixed, _ := json.Marshal(append([]string{}, row.Fixed()...)) // texts: cannot fail
	r := &record{Source: source, File: row.File.Name, ID: row.ID, Sum: hex.EncodeToString(row.Sum[:]), Fixed: string(fixed),
		Notes: strings.Join(d.Notes, ";"), Target: d.Target, Made: d.Outcome == Created || d.Known != nil && d.Known.Made}
	if r.File == People {
		r.Email, r.Usable = row.Text("email"), row.Usable
	}
	r.Cells = cellsOf(row, d, r.Made)
	return r
}

// ofAll are the columns in which every row that means a thing has a say, not only the one that made it.
var ofAll = []string{"email_verified_at", "status", "roles", "primary"}

func cellsOf(row *Row, d Decision, made bool) string {
	cells := map[string]string{}
	for i, c := range row.File.Columns {
		if c.Fixed || strings.HasPrefix(c.Name, "password_") || !made && !slices.Contains(ofAll, c.Name) {
			continue
		}
		if text := saidIn(c, row.Values[i], d); text != "" {
			cells[c.Name] = short(text)
		}
	}
	b, _ := json.Marshal(cells) // texts: cannot fail
	return string(b)
}

// saidIn is what is taken of a cell: of roles those that may be, of a yes the one that holds.
func saidIn(c Column, v Value, d Decision) string {
	switch {
	case c.Kind == List:
		return oneText(d.Roles)
	case c.Kind == YesNo && !d.Primary:
		return ""
	case c.Kind == Time && !v.Time.IsZero():
		return v.Time.Format(time.RFC3339)
	}
	return v.Text
}

func oneText(words []string) string {
	return strings.Join(slices.Sorted(slices.Values(words)), " ")
}

const maxKept = 200 // bytes of a cell; of a longer one its hash is kept

func short(text string) string {
	if len(text) <= maxKept {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// change is a row that was taken before and differs now.
type change struct {
	was    map[string]string
	row    *Row
	record *record // of the row as it is now
}

// cell is what a column should have, which has current: the row's cell, unless it was changed in Lodge.
func (c change) cell(column, current string) string {
	if c.was[column] != short(current) {
		return current
	}
	return c.row.Text(column)
}

// standing is what all rows that mean a person say about signing in.
func standing(rows []*record) identity.Standing {
	var s identity.Standing
	usable, proven := 0, len(rows) > 0
	for _, r := range rows {
		cells := r.said()
		s.Disabled = s.Disabled || cells["status"] == "disabled"
		if r.Usable {
			usable++
		}
		at, err := time.Parse(time.RFC3339, cells["email_verified_at"])
		if err != nil {
			proven = false
		} else if s.ProvenAt.IsZero() || at.Before(s.ProvenAt) {
			s.ProvenAt = at
		}
	}
	if !proven {
		s.ProvenAt = time.Time{}
	}
	s.MailboxFirst = usable > 1 || usable == 1 && !proven
	return s
}

// brought is what all rows that mean a membership say; made tells whether one of them made it.
func brought(rows []*record) (b account.Brought, made bool) {
	var members []Member
	for _, r := range rows {
		c := r.said()
		members = append(members, Member{r.Made, c["status"], strings.Fields(c["roles"]), c["since"], c["until"]})
		made = made || r.Made
	}
	m := MergeMembers(members)
	return account.Brought{Obsolete: m.Status == "obsolete", Roles: m.Roles, Since: m.Since, Until: m.Until}, made
}

// replaced puts a record in the place of an older one of the same row, or at the end; the given slice stays as it is.
func replaced(rows []*record, r *record) []*record {
	all := slices.Clone(rows)
	for i, old := range all {
		if old.Source == r.Source && old.key() == r.key() {
			all[i] = r
			return all
		}
	}
	return append(all, r)
}

const (
	rowsAtOnce   = 40 // in one INSERT
	rowArguments = 14
)

// saveRecords writes many at once: one by one they would be a fifth of all statements of an import.
func saveRecords(tx *store.Tx, all []*record) error {
	for chunk := range slices.Chunk(all, rowsAtOnce) {
		args := make([]any, 0, len(chunk)*rowArguments)
		for _, r := range chunk {
			args = append(args, r.Source, r.File, r.ID, r.Seq, r.Sum, r.Fixed, r.Notes, r.Target, r.Made, r.Email, r.Usable, r.Cells, rowKey(r.Source, r.key()), tx.Now)
		}
		if err := tx.Later(insertRow+places(len(chunk), rowArguments)+updateRow, args...); err != nil {
			return err
		}
	}
	return nil
}

// places is "($1, $2), ($3, $4)" for two rows of two.
func places(rows, columns int) string {
	var b strings.Builder
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		for c := range columns {
			b.WriteString(map[bool]string{true: "($", false: ", $"}[c == 0] + strconv.Itoa(r*columns+c+1))
		}
		b.WriteByte(')')
	}
	return b.String()
}
