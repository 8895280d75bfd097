package blob

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"lodge/internal/platform/clock"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

const (
	// UploadKept is how long an upload waits for its next part.
	UploadKept  = 24 * time.Hour
	uploadsMost = 50 // of one person, begun and not finished
	partsMost   = 10_000
)

// Upload is a file that comes in parts. Whoever began it, for that organisation, goes on with it; for all others it does not exist.
type Upload struct {
	ID       string
	Purpose  string // as Begin was told
	About    string // as Begin was told
	Size     int64  // bytes of the whole
	Received int64  // bytes that are there
	Parts    int
	Finished bool
	Expires  time.Time
}

// Begin announces a file that will come in parts. TooLarge as of Put; Conflict of code blob.uploads_many.
func (s *Store) Begin(ctx context.Context, a who.Actor, l Limits, size int64, purpose, about string) (u Upload, err error) {
	if err := s.room(l, size); err != nil {
		return u, err
	}
	err = s.DB.Write(ctx, store.Lock("person", a.Person).And(store.Lock("org", a.Org)), func(tx *store.Tx) error {
		if err := quota(tx, a, l, size); err != nil {
			return err
		}
		n, err := store.One[int](tx, countUploads, a.Person, tx.Now)
		if err == nil && n >= uploadsMost {
			err = fault.New(fault.Conflict, "blob.uploads_many", "max", uploadsMost)
		}
		if err != nil {
			return err
		}
		u = Upload{ID: rand.Text(), Purpose: purpose, About: about, Size: size, Expires: tx.Now.Add(UploadKept)}
		_, err = tx.Exec(insertUpload, u.ID, a.Org, a.Person, purpose, about, size, u.Expires, tx.Now)
		return err
	})
	return u, err
}

// Upload gives one of the actor's own, NotFound if there is none or it has expired.
func (s *Store) Upload(ctx context.Context, a who.Actor, id string) (u Upload, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		u, err = upload(tx, a, id)
		return err
	})
	return u, err
}

func upload(tx *store.Tx, a who.Actor, id string) (Upload, error) {
	u, ok, err := store.Maybe[Upload](tx, selectUpload, id, a.Org, a.Person, tx.Now)
	if err == nil && !ok {
		err = fault.Missing()
	}
	return u, err
}

// Append adds what r brings at an offset. What came before a connection broke stays: the next part begins behind it. BadRequest for
// more than is missing; Conflict of code blob.other_offset if the offset is not where the upload stands, also because another part was faster.
func (s *Store) Append(ctx context.Context, a who.Actor, l Limits, id string, offset int64, r io.Reader) (u Upload, err error) {
	if u, err = s.Upload(ctx, a, id); err != nil {
		return u, err
	}
	if u.Received != offset {
		return u, otherOffset(u)
	}
	if u.Finished || u.Received == u.Size {
		return u, nil
	}
	ctx = context.WithoutCancel(ctx) // what has come is kept though nobody waits for the answer
	part, broke := s.some(ctx, a, l, u.Size-u.Received, r)
	if part.Size == 0 {
		return u, broke
	}
	err = s.DB.Write(ctx, store.Lock("upload", id), func(tx *store.Tx) error {
		if u, err = upload(tx, a, id); err != nil {
			return err
		}
		if u.Received != offset {
			return otherOffset(u)
		}
		if u.Parts >= partsMost {
			return fault.New(fault.Conflict, "blob.parts_many", "max", partsMost)
		}
		if _, err := Claim(tx, a, "upload", part.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(insertPart, id, u.Parts, part.ID); err != nil {
			return err
		}
		u.Received, u.Parts, u.Expires = u.Received+part.Size, u.Parts+1, tx.Now.Add(UploadKept)
		_, err := tx.Exec(updateUpload, id, u.Received, u.Parts, u.Expires)
		return err
	})
	if err != nil {
		s.drop(ctx, part.ID)
		return u, err
	}
	return u, broke
}

func otherOffset(u Upload) error {
	return fault.New(fault.Conflict, "blob.other_offset", "offset", int(u.Received))
}

// some writes at most so many bytes as a blob; an error of r after the first byte comes with what was written before it.
func (s *Store) some(ctx context.Context, a who.Actor, l Limits, most int64, r io.Reader) (Blob, error) {
	id, err := s.announce(ctx, a, l, most)
	if err != nil {
		return Blob{}, err
	}
	cut := &lenient{Reader: io.LimitReader(r, most+1)}
	b, err := s.stream(ctx, id, cut, func(n int64) bool { return n <= most })
	if err == nil && b.Size == 0 && cut.err == nil {
		cut.err = fault.New(fault.BadRequest, "blob.part_empty")
	}
	if err == nil && b.Size > 0 {
		err = s.written(ctx, b)
	}
	if err != nil || b.Size == 0 {
		s.drop(ctx, id)
		if err == nil {
			err = cut.err
		}
		return Blob{}, err
	}
	return b, cut.err
}

// lenient ends where its reader breaks off, and remembers why.
type lenient struct {
	io.Reader
	err error
}

func (c *lenient) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil && err != io.EOF {
		c.err, err = err, io.EOF
		if fault.Of(c.err) == nil {
			f := fault.New(fault.BadRequest, "blob.cut")
			f.Err = c.err
			c.err = f
		}
	}
	return n, err
}

// Whole puts the parts of an upload that is all there together into one file, hashed on the way; it is nobody's until Claim. Conflict of code
// blob.other_offset if something is missing. It may be called again until Finish.
func (s *Store) Whole(ctx context.Context, a who.Actor, l Limits, id string) (Blob, error) {
	var parts []string
	u, err := s.Upload(ctx, a, id)
	if err == nil && (u.Received != u.Size || u.Finished) {
		err = otherOffset(u)
	}
	if err == nil {
		err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			parts, err = store.Query[string](tx, selectParts, id)
			return err
		})
	}
	if err != nil {
		return Blob{}, err
	}
	ctx = context.WithoutCancel(ctx)
	r := &chain{open: func(part string) (io.ReadCloser, error) { return s.Open(ctx, part, 0, -1) }, parts: parts}
	defer r.Close()
	return s.PutWithin(ctx, a, l, u.Size, r)
}

// chain reads one part after the other.
type chain struct {
	open  func(string) (io.ReadCloser, error)
	parts []string
	now   io.ReadCloser
}

func (c *chain) Read(p []byte) (int, error) {
	for {
		if c.now == nil {
			if len(c.parts) == 0 {
				return 0, io.EOF
			}
			r, err := c.open(c.parts[0])
			if err != nil {
				return 0, err
			}
			c.now, c.parts = r, c.parts[1:]
		}
		n, err := c.now.Read(p)
		if err == io.EOF {
			err = c.now.Close()
			c.now = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (c *chain) Close() error {
	if c.now == nil {
		return nil
	}
	return c.now.Close()
}

// Finish says that the whole has been taken: its parts go, and until it expires the upload still says that all is there. Cancel gives it up.
func (s *Store) Finish(ctx context.Context, a who.Actor, id string) error {
	return s.end(ctx, a, id, finishUpload)
}

// Cancel gives an upload up. NotFound as of Upload.
func (s *Store) Cancel(ctx context.Context, a who.Actor, id string) error {
	return s.end(ctx, a, id, deleteUpload)
}

func (s *Store) end(ctx context.Context, a who.Actor, id, statement string) error {
	return s.DB.Write(ctx, store.Lock("upload", id), func(tx *store.Tx) error {
		if _, err := upload(tx, a, id); err != nil {
			return err
		}
		return dissolve(tx, id, statement)
	})
}

// dissolve gives the parts back to the sweeper, then does the rest.
func dissolve(tx *store.Tx, id, statement string) error {
	parts, err := store.Query[string](tx, deleteParts, id)
	for _, part := range parts {
		if err == nil {
			err = Release(tx, part)
		}
	}
	if err == nil {
		_, err = tx.Exec(statement, id)
	}
	return err
}

// sweepUploads gives up what has waited too long, some at a time.
func (s *Store) sweepUploads(ctx context.Context) error {
	var ids []string
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		ids, err = store.Query[string](tx, selectExpired, tx.Now.Add(-clock.Slip))
		return err
	})
	for _, id := range ids {
		if err != nil {
			return err
		}
		err = s.DB.Write(ctx, store.Lock("upload", id), func(tx *store.Tx) error {
			late, err := store.One[int](tx, countExpired, id, tx.Now.Add(-clock.Slip)) // a part may have come meanwhile
			if err != nil || late == 0 {
				return err
			}
			return dissolve(tx, id, deleteUpload)
		})
	}
	return err
}

const uploadColumns = `u.id, u.purpose, u.about, u.size, u.received, u.parts, u.is_finished, u.expires_at`

const selectUpload = `SELECT ` + uploadColumns + ` FROM upload u WHERE u.id = $1 AND u.org_id = $2 AND u.made_by = $3 AND u.expires_at > $4`

const countUploads = `SELECT count(*) FROM upload WHERE made_by = $1 AND NOT is_finished AND expires_at > $2`

const insertUpload = `
	INSERT INTO upload (id, org_id, made_by, purpose, about, size, received, parts, is_finished, expires_at, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, 0, 0, FALSE, $7, $8)`

const updateUpload = `UPDATE upload SET received = $2, parts = $3, expires_at = $4 WHERE id = $1`

const finishUpload = `UPDATE upload SET is_finished = TRUE WHERE id = $1`

const deleteUpload = `DELETE FROM upload WHERE id = $1`

const insertPart = `INSERT INTO upload_part (upload_id, seq, blob_id) VALUES ($1, $2, $3)`

const selectParts = `SELECT blob_id FROM upload_part WHERE upload_id = $1 ORDER BY seq`

const deleteParts = `DELETE FROM upload_part WHERE upload_id = $1 RETURNING blob_id`

const selectExpired = `SELECT id FROM upload WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000`

const countExpired = `SELECT count(*) FROM upload WHERE id = $1 AND expires_at <= $2`
