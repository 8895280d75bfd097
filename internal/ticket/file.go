package ticket

import (
	"time"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// MaxFiles is how many files a message may bring.
const MaxFiles = 20

// Upload is a file that was written to the store before, to be claimed.
type Upload struct {
	Blob string // id
	Name string // as the sender calls it
}

// Sent tells what was sent, for the comparison of one form with the same form sent again: each name with what the file holds. A file that is sent again is another
// blob.
func Sent(tx *store.Tx, files []Upload) (all []string, err error) {
	if len(files) == 0 {
		return nil, nil
	}
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.Blob
	}
	held, err := blob.Digests(tx, ids)
	for _, f := range files {
		all = append(all, f.Name+"\n"+held[f.Blob])
	}
	return all, err
}

// What is known of a file's harmlessness. Without a scanner it is not scanned, and said so.
const (
	NotScanned = "not-scanned"
	Clean      = "clean"
	Held       = "held"
)

// File is a file of a ticket.
type File struct {
	ID         string
	Ticket     string
	Seq        int64 // of its entry; 0 of a draft
	Visibility string
	Blob       string
	Name       string // cleaned, see blob.CleanName
	Size       int64
	SHA256     string // hex
	Scan       string
	AddedBy    string
	At         time.Time
}

const fileColumns = `f.id, f.ticket_id, f.seq, f.visibility, f.blob_id, f.name, f.size, f.sha256, f.scan, f.added_by, f.created_at`

// FilesOf are the files of a ticket with these visibilities, oldest first.
func FilesOf(tx *store.Tx, ticket string, visible []string) ([]File, error) {
	return store.Query[File](tx, selectFiles, ticket, store.List(visible))
}

// FindFile gives one of them. NotFound for a file of another ticket, and for one that is not visible.
func FindFile(tx *store.Tx, ticket, id string, visible []string) (File, error) {
	f, ok, err := store.Maybe[File](tx, selectFile, id, ticket, store.List(visible))
	if err == nil && !ok {
		err = fault.Missing()
	}
	return f, err
}

// attach claims uploads for an entry. Invalid at files: too many, not the actor's own, of another organisation, claimed
// before.
func attach(tx *store.Tx, a who.Actor, t *Ticket, seq int64, visibility string, files []Upload) (ids []string, err error) {
	if len(files) == 0 {
		return nil, nil
	}
	have, err := store.One[int](tx, countDraftFiles, t.ID, seq)
	if err != nil {
		return nil, err
	}
	var c fault.Check
	c.Need(have+len(files) <= MaxFiles, "files", "ticket.files_many", "max", MaxFiles)
	if err := c.Err(); err != nil {
		return nil, err
	}
	for _, f := range files {
		claimed, err := blob.Claim(tx, a, "files", f.Blob)
		if err != nil {
			return nil, err
		}
		id, b := tx.NewID(), claimed[0]
		if _, err := tx.Exec(insertFile, id, t.ID, seq, visibility, b.ID, blob.CleanName(f.Name), b.Size, b.SHA256, NotScanned, a.Person, tx.Now); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// RemoveDraftFile takes a file off a draft.
func RemoveDraftFile(tx *store.Tx, t Ticket, id string) error {
	if t.State != Draft {
		return fault.Missing()
	}
	f, err := FindFile(tx, t.ID, id, []string{Public})
	if err != nil {
		return err
	}
	if err := blob.Release(tx, f.Blob); err != nil {
		return err
	}
	_, err = tx.Exec(deleteFile, f.ID)
	return err
}

func releaseFiles(tx *store.Tx, ticket string) error {
	ids, err := store.Query[string](tx, deleteFiles, ticket)
	for _, id := range ids {
		if err == nil {
			err = blob.Release(tx, id)
		}
	}
	return err
}
