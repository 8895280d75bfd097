package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"lodge/internal/platform/store"
)

// DefaultBatch is the greatest number of rows in a transaction.
const DefaultBatch = 500

// errChanged is a folder that somebody writes to during the import.
var errChanged = errors.New("the file has changed since it was checked")

// Import brings a folder in that has been checked without findings.
type Import struct {
	Folder  *Folder
	Checked *Checked
	Readers Readers // NewReaders(Checked.Zone)

	// Transact calls do in a transaction, for reading only in a dry run, and again if that has to be run again: the last
	// call counts. Nil is a dry run in an empty installation.
	Transact func(ctx context.Context, do func(World) error) error
	// Line takes what each row came to, in order, as soon as it stands.
	Line func(Line) error
	// Progress is told after each batch how many rows of a file are done, or is nil.
	Progress func(file string, done, of int64)

	Dry   bool // nothing is written: the decisions are kept aside instead
	Batch int  // rows per transaction, DefaultBatch if 0; Transact may change it for the next one

	// Scratch takes what grows with the folder: ids that were seen, rows that were refused, in a dry run all decisions. Nil is a table
	// of the run's own.
	Scratch *store.Scratch

	ledger *Ledger
	lost   *layer[RowKey, bool]
}

// Run decides each row of each file and writes those that are taken. A run that was broken off is simply started again: what
// its transactions wrote is unchanged then.
func (im *Import) Run(ctx context.Context) (Totals, error) {
	if len(im.Checked.Findings) > 0 {
		return nil, errors.New("importer: a folder with findings is not imported")
	}
	if im.Scratch == nil {
		own, err := store.OpenScratch()
		if err != nil {
			return nil, err
		}
		defer own.Close()
		im.Scratch = own
	}
	im.lost, im.ledger = onDisk[RowKey, bool](im.Scratch, "lost"), ledgerOn(im.Scratch)
	totals := Totals{}
	for _, f := range Files() {
		listed, ok := im.Checked.Files[f.Name]
		if !ok || f.Later {
			continue
		}
		totals[f.Name] = map[Outcome]int{}
		if err := im.file(ctx, f, listed, totals); err != nil {
			return totals, fmt.Errorf("import %s: %w", f.Name, err)
		}
	}
	return totals, nil
}

// LaterFiles are the files of the folder whose rows this version does not import.
func (c *Checked) LaterFiles() []string {
	var names []string
	for _, f := range Files() {
		if _, ok := c.Files[f.Name]; ok && f.Later {
			names = append(names, f.Name)
		}
	}
	return names
}

func (im *Import) file(ctx context.Context, f *File, listed Listed, totals Totals) error {
	in, err := im.Folder.Open(f.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	im.Batch = min(im.Batch, firstBatch) // rows of another kind may take longer
	sum := sha256.New()
	rows := &Rows{File: f, Readers: im.Readers, Records: &Records{R: io.TeeReader(in, sum)}, seen: onDisk[string, first](im.Scratch, "seen/"+f.Name)}
	var done int64
	for {
		size := im.Batch
		if size == 0 {
			size = DefaultBatch
		}
		batch, err := next(rows, size)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := im.batch(ctx, batch, totals); err != nil {
			return err
		}
		if done += int64(len(batch)); im.Progress != nil {
			im.Progress(f.Name, done, listed.Rows)
		}
	}
	if hex.EncodeToString(sum.Sum(nil)) != listed.SHA256 {
		return errChanged
	}
	return nil
}

// next reads at most n rows.
func next(rows *Rows, n int) ([]*Row, error) {
	var batch []*Row
	for len(batch) < n {
		row, err := rows.Next()
		if err == io.EOF {
			break
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errQuoting) {
			return nil, errChanged
		}
		if err != nil {
			return nil, err
		}
		batch = append(batch, row)
	}
	if rows.seen != nil {
		rows.seen.flush()
	}
	return batch, nil
}

// batch decides and writes rows in one transaction.
func (im *Import) batch(ctx context.Context, rows []*Row, totals Totals) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var lines []Line
	var layer *Ledger
	err := im.transact(ctx, func(w World) (err error) {
		if im.Dry {
			w.Take = nil
		}
		layer = im.ledger.over()
		b := &batch{source: im.Checked.Source, world: w, ledger: layer, lost: im.lost}
		lines, err = b.run(rows)
		return err
	})
	if err != nil {
		return err
	}
	if im.Dry || im.Transact == nil {
		layer.merge() // what a run would find in the database from now on
	}
	for _, l := range lines {
		if l.ID != "" && (l.Outcome == Refused || l.Outcome == Skipped) {
			im.lost.set(RowKey{l.File, l.ID}, true)
		}
		totals.Add(l.File, l.Outcome, 1)
		if err := im.Line(l); err != nil {
			return err
		}
	}
	im.lost.flush()
	if im.Scratch != nil {
		return im.Scratch.Err()
	}
	return nil
}

func (im *Import) transact(ctx context.Context, do func(World) error) error {
	if im.Transact == nil {
		return do(World{})
	}
	return im.Transact(ctx, do)
}
