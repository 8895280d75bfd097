package importer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"lodge/internal/account"
	"lodge/internal/contract"
	"lodge/internal/identity"
	"lodge/internal/licence"
	"lodge/internal/platform/crypt"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/who"
	"lodge/internal/product"
	"lodge/internal/release"
)

// Command is `lodge import`: plain fields, all of them needed.
type Command struct {
	Store      *store.DB
	Accounts   *account.Accounts
	Identities *identity.Identities
	Products   *product.Products
	Contracts  *contract.Contracts
	Licences   *licence.Licences
	Releases   *release.Releases
	Hasher     *crypt.Hasher
	Keys       *crypt.Keys
	Text       func(key string, args ...any) string // lang.Printer.T
}

// Options are what stands on the command line.
type Options struct {
	Path     string // folder or ZIP
	Dry      bool   // everything is checked and nothing written
	Report   string // file for a line per row; "" = none
	Out      io.Writer
	Terminal bool // Out is one: show progress

	Rows func(file string, done, of int64) // is told after each batch, or is nil
}

// Run imports a folder and says on Out what came of it. It may be stopped at any moment and run again: what was taken is
// unchanged then. The error is a sentence's fault: a folder that is refused as a whole (its findings are in the report and on
// Out then), another import that is running, a report that cannot be written; or a failure of the database. Rows
// that are refused are no error. The caller has made sure that this installation has its vendor.
func (c *Command) Run(ctx context.Context, o Options) (err error) {
	folder, err := Open(o.Path)
	if err != nil {
		return err
	}
	defer folder.Close()
	p := &progress{out: o.Out, on: o.Terminal, text: c.Text, also: o.Rows}
	p.show("importer.checking")
	checked, err := Check(folder)
	if err != nil {
		return err
	}
	report, err := c.report(o.Report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.close()) }()
	if len(checked.Findings) > 0 {
		p.end()
		for _, f := range checked.Findings {
			fmt.Fprintf(o.Out, "%s: %s\n", f.File, c.Text("importer."+f.Code, f.Args...))
			if err := report.Finding(f); err != nil {
				return err
			}
		}
		return fault.New(fault.Invalid, "importer.refused_files", "n", len(checked.Findings))
	}
	take := func(ctx context.Context) error {
		came, err := c.bring(ctx, Pass{Folder: folder, Checked: checked, Dry: o.Dry, Line: report.Line, Rows: p.rows, Wraps: p.wraps})
		p.end()
		if err != nil {
			return err
		}
		defer came.Close()
		return c.say(ctx, o, came)
	}
	if o.Dry {
		return take(ctx)
	}
	ran, err := c.Store.IfFree(ctx, lockName, take)
	if err == nil && !ran {
		err = fault.New(fault.Conflict, "importer.running")
	}
	return err
}

// lockName is held while rows are written: one import at a time.
const lockName = "import"

// Pass is one reading of an export that was checked without findings: a dry run or a run.
type Pass struct {
	Folder  *Folder
	Checked *Checked
	Dry     bool
	Line    func(Line) error                       // takes what each row came to
	Rows    func(file string, done, of int64)      // is told after each batch; nil = nobody asks
	Wraps   func(done, of int)                     // is told of weak password hashes; nil = nobody asks
	Tally   func(tx *store.Tx, taken Totals) error // is told in each transaction that writes what it took; nil = nobody asks
}

// Came is what a pass came to. Close it.
type Came struct {
	Totals  Totals
	Later   []string // files whose rows this version does not import
	Without *without // organisations without an administrator
	Batches int      // transactions that wrote
	Longest time.Duration

	disk *store.Scratch
}

// Close gives back what Bring took.
func (c *Came) Close() error { return c.disk.Close() }

// bring makes a pass. Whoever makes one that writes holds lockName.
func (c *Command) bring(ctx context.Context, p Pass) (came *Came, err error) {
	disk, err := store.OpenScratch()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, disk.Close())
		}
	}()
	if p.Tally == nil {
		p.Tally = func(*store.Tx, Totals) error { return nil }
	}
	r := &run{Command: c, source: p.Checked.Source, high: p.Checked.HighestNumber, actor: who.Program("", nil), wraps: p.Wraps, tally: p.Tally, taken: map[string]int{}}
	r.im = &Import{Folder: p.Folder, Checked: p.Checked, Readers: NewReaders(p.Checked.Zone), Transact: r.transact, Line: p.Line, Progress: p.Rows,
		Dry: p.Dry, Batch: firstBatch, Scratch: disk}
	r.im.Readers.Seal = c.seal
	if p.Dry {
		r.dry = newLeaders(disk)
	} else if err := r.reserve(ctx); err != nil {
		return nil, err
	}
	came = &Came{Later: p.Checked.LaterFiles(), disk: disk}
	if came.Totals, err = r.im.Run(ctx); err != nil {
		return nil, err
	}
	came.Batches, came.Longest = r.batches, r.longest
	came.Without, err = leaderless(ctx, c.Store, disk, r.dry)
	return came, err
}

// reserve keeps the numbers that stand in the folder from being given to somebody else while it is imported.
func (r *run) reserve(ctx context.Context) error {
	return r.Store.Write(ctx, account.Numbers(), func(tx *store.Tx) error { return account.RaiseNumbers(tx, r.high) })
}

// seal is Readers.Seal by the key file.
func (c *Command) seal(s Sum) (keyed Sum) {
	copy(keyed[:], c.Keys.MAC("import row", s[:]))
	return keyed
}

// say prints the end of the output: files left out, totals, organisations that nobody leads.
func (c *Command) say(ctx context.Context, o Options, came *Came) error {
	w := bufio.NewWriter(o.Out)
	for _, m := range came.Totals.Lines() {
		fmt.Fprintln(w, c.Text(m.Key, m.Args...))
	}
	for _, name := range came.Later {
		fmt.Fprintln(w, c.Text("importer.later_file", "file", name))
	}
	if came.Without.N > 0 {
		fmt.Fprintln(w, c.Text("importer.without_administrator", "n", came.Without.N))
	}
	err := came.Without.Each(ctx, func(l Leaderless) error {
		number := "-"
		if l.Number != 0 {
			number = fmt.Sprint(l.Number)
		}
		_, err := fmt.Fprintf(w, "  %s  %s\n", number, shown(l.Name))
		return err
	})
	if err != nil {
		return err
	}
	if o.Dry {
		fmt.Fprintln(w, c.Text("importer.dry"))
	}
	return w.Flush()
}

// reportFile is a Report in a file, or one that is thrown away.
type reportFile struct {
	Report
	file *os.File
	out  *bufio.Writer
}

func (c *Command) report(path string) (*reportFile, error) {
	r := &reportFile{Report: Report{W: io.Discard, Text: c.Text}}
	if path == "" {
		return r, nil
	}
	var err error
	if r.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		f := fault.New(fault.Invalid, "importer.report_unwritable", "path", path)
		f.Err = err
		return nil, f
	}
	r.out = bufio.NewWriterSize(r.file, 64<<10)
	r.W = r.out
	return r, nil
}

func (r *reportFile) close() error {
	err := r.Close()
	if r.file != nil {
		err = errors.Join(err, r.out.Flush(), r.file.Close())
	}
	return err
}
