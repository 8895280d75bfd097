package account

import (
	"slices"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// By what contacts are sorted; without any they stand in the order in which they came.
const (
	ByName  = "name" // last name first
	ByEmail = "email"
	BySeen  = "last_sign_in"
)

// mostSorted is how many contacts of one organisation are put into order: letters are compared here, because the engines know no language's order.
const mostSorted = 20000

// sorting is what one contact is sorted by.
type sorting struct {
	ID, Word string
	At       time.Time
}

// inSort gives the ids of the page that f asks for, in order: of those among (all if nil) that fit its states and role.
func inSort(tx *store.Tx, a who.Actor, f ContactFilter, among []string) (ids []string, err error) {
	all, err := store.Query[sorting](tx, selectSorting[f.Sort], a.Org, "", mostSorted, tx.Now, len(f.States) == 0, store.List(f.States), f.Role, f.Text == "", store.List(among))
	if err != nil {
		return nil, err
	}
	words := collate.New(language.Make(a.Language), collate.IgnoreCase)
	slices.SortFunc(all, func(x, y sorting) int {
		order := x.At.Compare(y.At)
		if order == 0 {
			order = words.CompareString(x.Word, y.Word)
		}
		if f.Down {
			order = -order
		}
		if order == 0 && x.ID < y.ID {
			return -1
		} else if order == 0 && x.ID > y.ID {
			return 1
		}
		return order
	})
	from := slices.IndexFunc(all, func(x sorting) bool { return x.ID == f.After }) + 1
	for _, x := range all[from:min(len(all), from+f.Most+1)] {
		ids = append(ids, x.ID)
	}
	return ids, nil
}

// inOrderOf puts contacts into the order of these ids.
func inOrderOf(all []Contact, ids []string) []Contact {
	at := map[string]int{}
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(all, func(x, y Contact) int { return at[x.ID] - at[y.ID] })
	return all
}

// selectSorting reads each person by id, as selectNames does. Whose last sign-in the list does not show, it is not sorted by.
var selectSorting = map[string]string{
	ByName: `
	SELECT m.id, CASE WHEN m.state IN ('invited', 'expired', 'withdrawn') THEN m.last_name || ' ' || m.first_name
		ELSE (SELECT p.last_name || ' ' || p.first_name FROM person p WHERE p.id = m.person_id) END, CAST(NULL AS TIMESTAMPTZ)` + sortingFrom,
	ByEmail: `
	SELECT m.id, (SELECT CASE WHEN m.email <> '' THEN m.email WHEN p.closed_at IS NULL THEN p.email ELSE '' END FROM person p WHERE p.id = m.person_id), CAST(NULL AS TIMESTAMPTZ)` + sortingFrom,
	BySeen: `
	SELECT m.id, '', CASE WHEN m.state IN ('active', 'imported') AND ` + nowhereElse + ` THEN (SELECT p.last_sign_in_at FROM person p WHERE p.id = m.person_id) END` + sortingFrom,
}

const sortingFrom = `
	FROM membership m
	WHERE m.org_id = $1 AND m.id > $2
		AND ($5 OR CASE WHEN m.state = 'invited' AND (SELECT i.expires_at FROM invitation i WHERE i.membership_id = m.id AND i.used_at IS NULL AND i.withdrawn_at IS NULL) <= $4 THEN 'expired'
			WHEN m.state IN ('active', 'imported') AND m.until_at <= $4 THEN 'obsolete' ELSE m.state END = ANY($6))` + contactRole + `
	ORDER BY m.id
	LIMIT $3`
