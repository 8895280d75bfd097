package account

import (
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// Details are what those who look after an organisation change about it.
type Details struct {
	Name, Reference         string
	Country, Language, Zone string
	Format                  string // BCP 47
}

// DetailsOf gives them; the caller has checked who asks. NotFound for an unknown id.
func DetailsOf(tx *store.Tx, id string) (Details, error) {
	d, ok, err := store.Maybe[Details](tx, selectDetails, id)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return d, err
}

// Change changes the details of an organisation: a step; its door holds the organisation's key and has checked who may. Nothing is written if
// nothing differs.
func (s *Accounts) Change(tx *store.Tx, a who.Actor, id string, to Details) error {
	was, err := DetailsOf(tx, id)
	if err != nil || was == to {
		return err
	}
	if _, err := tx.Exec(updateDetails, id, to.Name, NameKey(to.Name), to.Reference, to.Country, to.Language, to.Zone, to.Format, tx.Now); err != nil {
		return err
	}
	e := Altered{Organisation: id}
	if was.Country != to.Country {
		e.Before, e.After = was.Country, to.Country
	}
	return s.Events.Emit(tx, a, id, e)
}

const selectDetails = `SELECT name, reference, country, language, zone, format FROM organisation WHERE id = $1`

const updateDetails = `
	UPDATE organisation SET name = $2, name_key = $3, reference = $4, country = $5, language = $6, zone = $7, format = $8, updated_at = $9, version = version + 1
	WHERE id = $1`

// Altered tells that the details of an organisation changed, and the country if that did. Names are not repeated there.
type Altered struct{ Organisation, Before, After string }

func (Altered) EventName() string { return "account.organisation_altered" }
func (e Altered) Subject() string { return "organisation:" + e.Organisation }
