package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
)

// may is the first line of every use case: an operator at the vendor's own number.
func may(a who.Actor) error {
	if err := a.Must(Manage); err != nil {
		return err
	}
	if a.Source != who.Own || a.Org != a.Member {
		return fault.Missing()
	}
	return nil
}

// HandIn takes an export, a ZIP, and has it checked. The actor needs Manage. size is what the sender says it has. Invalid at file for what is no
// ZIP of an export; TooLarge over MaxExport; as blob.Store.PutWithin. What the files in it have wrong, the check finds.
func (s *Intakes) HandIn(ctx context.Context, a who.Actor, name string, size int64, body io.Reader) (id string, err error) {
	if err := may(a); err != nil {
		return "", err
	}
	if size > MaxExport {
		return "", fault.New(fault.TooLarge, "blob.file_too_large", "max", fault.Msg("lang.megabytes", "size", MaxExport>>20))
	}
	name = blob.CleanName(name)
	plain, err := tempFile()
	if err != nil {
		return "", err
	}
	defer plain.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(plain, sum), io.LimitReader(body, size+1))
	if err == nil && n != size {
		err = fault.New(fault.BadRequest, "blob.size_differs")
	}
	if err == nil {
		err = looksGood(plain, name)
	}
	if err != nil {
		return "", err
	}
	kept, err := s.sealed(ctx, a, plain)
	if err != nil {
		return "", err
	}
	in := HandedIn{Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}
	// Free: a row of its own.
	err = s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		id, err = once.Do(tx, a, "importer.hand_in", in, func() (string, error) {
			in.Import = tx.NewID()
			if _, err := blob.Claim(tx, a, "file", kept.ID); err != nil {
				return "", err
			}
			if _, err := tx.Exec(insertIntake, in.Import, a.Org, name, size, kept.ID, a.Language, a.Person, tx.Now); err != nil {
				return "", err
			}
			return in.Import, s.Events.Emit(tx, a, a.Org, in)
		})
		tx.AfterCommit(s.hurry)
		return err
	})
	return id, err
}

// looksGood refuses at the field what cannot be an export at all.
func looksGood(plain *os.File, name string) error {
	folder, err := OpenZIP(unclosed{plain}, name)
	if err == nil {
		return folder.Close()
	}
	f := fault.Of(err)
	if f == nil {
		return err
	}
	no := *f
	no.Fields = []fault.Field{{Name: "file", Text: f.Text}}
	return &no
}

// unclosed is a file that outlives the folder made of it.
type unclosed struct{ *os.File }

func (unclosed) Close() error { return nil }

// tempFile makes a file without a name: it is private, and gone with the process however that ends.
func tempFile() (*os.File, error) {
	f, err := os.CreateTemp("", "lodge-import-*")
	if err == nil {
		err = os.Remove(f.Name())
	}
	return f, err
}

const sealedAs = "lodge-import"

// sealed keeps an export sealed: it holds old password hashes, which rest nowhere as they are.
func (s *Intakes) sealed(ctx context.Context, a who.Actor, plain *os.File) (blob.Blob, error) {
	sealed, err := tempFile()
	if err != nil {
		return blob.Blob{}, err
	}
	defer sealed.Close()
	_, err = plain.Seek(0, io.SeekStart)
	var w io.WriteCloser
	if err == nil {
		w, err = s.Keys.SealTo(sealed, sealedAs)
	}
	if err == nil {
		_, err = io.Copy(w, plain)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return blob.Blob{}, err
	}
	return s.put(ctx, a, sealed)
}

// put keeps a temporary file.
func (s *Intakes) put(ctx context.Context, a who.Actor, f *os.File) (blob.Blob, error) {
	info, err := f.Stat()
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return blob.Blob{}, err
	}
	return s.Blobs.PutWithin(ctx, a, limits, info.Size(), f)
}

// unseal gives the export of an intake as a temporary file.
func (s *Intakes) unseal(ctx context.Context, in Intake) (plain *os.File, err error) {
	sealed, err := s.Blobs.Open(ctx, in.Export, 0, -1)
	if err != nil {
		return nil, err
	}
	defer sealed.Close()
	r, err := s.Keys.OpenFrom(sealed, sealedAs)
	if err != nil {
		return nil, err
	}
	if plain, err = tempFile(); err != nil {
		return nil, err
	}
	if _, err := io.Copy(plain, r); err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return plain, nil
}

// act opens one of the actor's organisation and lets f change it. The actor needs Manage.
func (s *Intakes) act(ctx context.Context, a who.Actor, id string, f func(tx *store.Tx, in Intake) error) error {
	if err := may(a); err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("import", id), func(tx *store.Tx) error {
		in, ok, err := get(tx, a.Org, id)
		if err == nil && !ok {
			err = fault.Missing()
		}
		if err != nil {
			return err
		}
		return f(tx, in)
	})
}

// Start lets an intake that was checked run, and one that was stopped or failed go on. The actor needs Manage. Conflict of code importer.not_now
// in any other state, but for one that is under way already: that is what was wanted.
func (s *Intakes) Start(ctx context.Context, a who.Actor, id string) error {
	return s.act(ctx, a, id, func(tx *store.Tx, in Intake) error {
		if in.Working() && !in.Stopping {
			return nil
		}
		if !in.MayStart() {
			return notNow(in)
		}
		state := Running
		if in.Found == nil {
			state = Checking
		}
		if _, err := tx.Exec(updateStarted, in.ID, state, a.Person, tx.Now); err != nil {
			return err
		}
		tx.AfterCommit(s.hurry)
		return s.Events.Emit(tx, a, a.Org, Started{in.ID, state})
	})
}

// Stop ends what is under way after its batch; it can go on later. The actor needs Manage. Conflict of code importer.not_now if nothing is.
func (s *Intakes) Stop(ctx context.Context, a who.Actor, id string) error {
	return s.act(ctx, a, id, func(tx *store.Tx, in Intake) error {
		if !in.Working() {
			return notNow(in)
		}
		if in.Stopping {
			return nil
		}
		if _, err := tx.Exec(updateStopping, in.ID, tx.Now); err != nil {
			return err
		}
		tx.AfterCommit(s.hurry)
		return s.Events.Emit(tx, a, a.Org, StopAsked{in.ID})
	})
}

// Discard removes the export and the report of one that nobody wants to run. The actor needs Manage. Conflict of code importer.not_now while it is
// under way, and of one that is done or gone.
func (s *Intakes) Discard(ctx context.Context, a who.Actor, id string) error {
	return s.act(ctx, a, id, func(tx *store.Tx, in Intake) error {
		if !in.MayStart() {
			return notNow(in)
		}
		return s.discard(tx, a, a.Org, in)
	})
}

func (s *Intakes) discard(tx *store.Tx, a who.Actor, org string, in Intake) error {
	if _, err := tx.Exec(updateDiscarded, in.ID, tx.Now); err != nil {
		return err
	}
	for _, b := range []string{in.Export, in.Report} {
		if b == "" {
			continue
		}
		if err := blob.Release(tx, b); err != nil {
			return err
		}
	}
	return s.Events.Emit(tx, a, org, Dropped{in.ID})
}

func notNow(in Intake) error {
	return fault.New(fault.Conflict, "importer.not_now", "state", fault.Msg("importer.state_"+in.State))
}

// Page is a page of intakes.
type Page struct {
	Before string // id after which it starts; '' = the newest
	Limit  int    // 0 = 25
}

const pageSize = 25

// List gives intakes, the newest first, and whether there are more. The actor needs Manage.
func (s *Intakes) List(ctx context.Context, a who.Actor, p Page) (all []Intake, more bool, err error) {
	if err := may(a); err != nil {
		return nil, false, err
	}
	if p.Limit == 0 {
		p.Limit = pageSize
	}
	if p.Before == "" {
		p.Before = "~" // behind every id
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err := store.Query[Stored](tx, selectIntakes, a.Org, p.Before, p.Limit+1)
		if more = len(rows) > p.Limit; more {
			rows = rows[:p.Limit]
		}
		for _, row := range rows {
			in, no := row.read()
			all, err = append(all, in), errors.Join(err, no)
		}
		return err
	})
	return all, more, err
}

// Get gives one. The actor needs Manage.
func (s *Intakes) Get(ctx context.Context, a who.Actor, id string) (in Intake, err error) {
	if err := may(a); err != nil {
		return in, err
	}
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		var ok bool
		if in, ok, err = get(tx, a.Org, id); err == nil && !ok {
			err = fault.Missing()
		}
		return err
	})
	return in, err
}

// FetchReport gives the intake whose report is being fetched, and notes who does. The actor needs Manage. NotFound without a report.
func (s *Intakes) FetchReport(ctx context.Context, a who.Actor, id string) (in Intake, err error) {
	err = s.act(ctx, a, id, func(tx *store.Tx, found Intake) error {
		if in = found; in.Report == "" {
			return fault.Missing()
		}
		return s.Events.Emit(tx, a, a.Org, ReportRead{in.ID})
	})
	return in, err
}

// Held is how many exports lie in the store, sealed with the key file: a step.
func Held(tx *store.Tx) (int, error) { return store.One[int](tx, countHeld) }
