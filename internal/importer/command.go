package importer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

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
	p := &progress{out: o.Out, on: o.Terminal, text: c.Text}
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
	if o.Dry {
		return c.bring(ctx, folder, checked, report, o, p)
	}
	ran, err := c.Store.IfFree(ctx, "import", func(ctx context.Context) error { return c.bring(ctx, folder, checked, report, o, p) })
	if err == nil && !ran {
		err = fault.New(fault.Conflict, "importer.running")
	}
	return err
}

// bring imports a folder without findings and says what came of it.
func (c *Command) bring(ctx context.Context, folder *Folder, checked *Checked, report *reportFile, o Options, p *progress) error {
	r := &run{Command: c, source: checked.Source, high: checked.HighestNumber, actor: who.Program("", nil), wraps: p.wraps, taken: map[string]int{}}
	r.im = &Import{Folder: folder, Checked: checked, Readers: NewReaders(checked.Zone), Transact: r.transact, Line: report.Line,
		Progress: p.rows, Dry: o.Dry, Batch: firstBatch}
	r.im.Readers.Seal = c.seal
	if o.Dry {
		r.dry = newLeaders()
	} else if err := r.reserve(ctx); err != nil {
		return err
	}
	totals, err := r.im.Run(ctx)
	p.end()
	if err != nil {
		return err
	}
	var without []Leaderless
	err = c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		without, err = leaderless(tx, r.dry)
		return err
	})
	if err != nil {
		return err
	}
	return c.say(o, checked, totals, without)
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
func (c *Command) say(o Options, checked *Checked, totals Totals, without []Leaderless) error {
	w := bufio.NewWriter(o.Out)
	for _, m := range totals.Lines() {
		fmt.Fprintln(w, c.Text(m.Key, m.Args...))
	}
	for _, name := range checked.LaterFiles() {
		fmt.Fprintln(w, c.Text("importer.later_file", "file", name))
	}
	if len(without) > 0 {
		fmt.Fprintln(w, c.Text("importer.without_administrator", "n", len(without)))
	}
	for _, l := range without {
		number := "-"
		if l.Number != 0 {
			number = fmt.Sprint(l.Number)
		}
		fmt.Fprintf(w, "  %s  %s\n", number, shown(l.Name))
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
