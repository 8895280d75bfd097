package importer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"lodge/internal/platform/blob"
	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
	"lodge/internal/platform/who"
)

const (
	workName = "importer.work" // is held by the node that works on intakes
	pause    = 2 * time.Second // between two looks for work; on the node where it was asked for it begins at once
	tell     = 500 * time.Millisecond
	triesOf  = 8 // that fail one after the other, until a person has to decide
)

// errStopped is why a pass ends that somebody stopped.
var errStopped = errors.New("importer: stopped by a person")

// Work works on intakes until ctx ends, one at a time over all nodes. What a node left that died begins again at once: rows that were taken
// are unchanged then. It is no job of package job because it may take hours, and because another node shall not wait minutes for it.
func (s *Intakes) Work(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := s.next(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "no import worked on", "error", err)
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.Wake:
		case <-time.After(pause):
		}
	}
}

// hurry lets Work look at once.
func (s *Intakes) hurry() {
	select {
	case s.Wake <- struct{}{}:
	default:
	}
}

type waiting struct{ ID, Org string }

// next works on the intake that has waited longest; worked is false if there is none, or another node is at it.
func (s *Intakes) next(ctx context.Context) (worked bool, err error) {
	var w waiting
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		w, worked, err = store.Maybe[waiting](tx, selectWork, tx.Now)
		return err
	})
	if err != nil || !worked {
		return false, err
	}
	return s.Store.IfFree(ctx, workName, func(ctx context.Context) error { return s.one(ctx, w) })
}

// one works on an intake, unless it has been worked on meanwhile.
func (s *Intakes) one(ctx context.Context, w waiting) error {
	var in Intake
	err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		in, _, err = get(tx, w.Org, w.ID)
		return err
	})
	if err != nil || !in.Working() {
		return err
	}
	shift := &shift{Intakes: s, Intake: in, org: w.Org, text: s.Language(in.Language)}
	switch {
	case in.Stopping:
		return shift.stopped(ctx)
	case in.State == Checking:
		return shift.pass(ctx)
	}
	free, err := s.Store.IfFree(ctx, lockName, shift.pass)
	if err == nil && !free { // the command is at it
		err = shift.later(ctx, in.Tries, "")
	}
	return err
}

// shift is the work on one intake.
type shift struct {
	*Intakes
	Intake
	org    string
	text   func(key string, args ...any) string
	report *reportFile
	result Result
	told   time.Time
	quit   context.CancelCauseFunc
}

// pass checks it or runs it. An error means that the database cannot even be told of the failure.
func (s *shift) pass(ctx context.Context) error {
	began := s.Store.Clock.Now()
	err := s.survive(ctx)
	s.result.Took = s.Store.Clock.Now().Sub(began)
	if s.report != nil {
		defer s.report.file.Close()
	}
	if errors.Is(err, errStopped) && ctx.Err() == nil {
		return s.stopped(ctx)
	}
	if state := s.comes(err); state != "" && ctx.Err() == nil {
		if err = s.ended(ctx, state); err == nil {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err() // another node, or this one after its restart, goes on
	}
	reference := web.Reference()
	s.Log.ErrorContext(ctx, "import failed", "import", s.ID, "try", s.Tries+1, "reference", reference, "error", err)
	return s.later(ctx, s.Tries+1, reference)
}

// comes is the state to which a pass that ended so leads, "" if it failed. Findings of a run are those of a newer program than checked it.
func (s *shift) comes(err error) string {
	no := fault.Of(err)
	switch {
	case err == nil && len(s.result.Findings) > 0:
		return Turned
	case err == nil && s.State == Checking:
		return Ready
	case err == nil:
		return Done
	case no != nil && no.Kind == fault.Invalid && s.State == Checking:
		s.result.Findings = []ShownLine{{File: s.FileName, Outcome: string(Refused), Code: no.Code, Sentence: s.text(no.Text.Key, no.Text.Args...)}}
		return Turned
	}
	return ""
}

// survive is read, whose panic is a failure like any other: the process would begin again with the same export after each restart.
func (s *shift) survive(ctx context.Context) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
		}
	}()
	return s.read(ctx)
}

// read reads the export from its beginning to its end.
func (s *shift) read(ctx context.Context) error {
	plain, err := s.unseal(ctx, s.Intake)
	if err != nil {
		return err
	}
	folder, err := OpenZIP(plain, s.FileName)
	if err != nil {
		return errors.Join(err, plain.Close())
	}
	defer folder.Close()
	folder.until(ctx)
	if s.report, err = s.newReport(); err != nil {
		return err
	}
	checked, err := Check(folder)
	if err != nil {
		return err
	}
	for _, f := range checked.Findings {
		sentence := s.text("importer."+f.Code, f.Args...)
		s.result.Findings = append(s.result.Findings, ShownLine{File: f.File, Outcome: string(Refused), Code: f.Code, Sentence: sentence})
		if err := s.report.Finding(f); err != nil {
			return err
		}
	}
	if err := s.source(ctx, checked.Source); err != nil || len(checked.Findings) > 0 {
		return err
	}
	within, quit := context.WithCancelCause(ctx)
	defer quit(nil)
	s.quit = quit
	engine := s.Engine
	engine.Text = s.text
	came, err := engine.bring(within, Pass{Folder: folder, Checked: checked, Dry: s.State == Checking, Line: s.line, Tally: s.tally,
		Rows: func(file string, done, of int64) { s.progress(ctx, file, done, of) }})
	if why := context.Cause(within); why != nil && ctx.Err() == nil {
		if came != nil {
			why = errors.Join(why, came.Close())
		}
		return why
	}
	if err != nil {
		return err
	}
	defer came.Close()
	return s.sum(ctx, came)
}

func (s *shift) newReport() (*reportFile, error) {
	f, err := tempFile()
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(f, 64<<10)
	return &reportFile{Report: Report{W: out, Text: s.text}, file: f, out: out}, nil
}

func (s *shift) source(ctx context.Context, name string) error {
	// Free: one row that only this shift works on.
	return s.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		_, err := tx.Exec(updateSource, s.ID, name)
		return err
	})
}

// line takes what a row came to.
func (s *shift) line(l Line) error {
	if l.Outcome == Refused || l.Outcome == Skipped {
		if len(s.result.Lines) < linesShown {
			s.result.Lines = append(s.result.Lines, ShownLine{l.File, l.Line, l.ID, string(l.Outcome), l.Code(), l.Refusal.Column, s.report.sentence(l)})
		} else {
			s.result.More++
		}
	}
	return s.report.Line(l)
}

// tally counts what a run has written in the transaction that writes it, so that a run that was broken off knows it when it goes on.
func (s *shift) tally(tx *store.Tx, taken Totals) error {
	text, err := store.One[string](tx, selectTaken, s.ID)
	if err != nil {
		return err
	}
	all := Totals{}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return err
	}
	for file, by := range taken {
		for outcome, n := range by {
			all.Add(file, outcome, n)
		}
	}
	b, err := json.Marshal(all)
	if err == nil {
		_, err = tx.Exec(updateTaken, s.ID, string(b))
	}
	return err
}

// progress says how far it is, and hears whether somebody wants it to stop.
func (s *shift) progress(ctx context.Context, file string, done, of int64) {
	now := s.Store.Clock.Now()
	if now.Sub(s.told) < tell && done != of {
		return
	}
	s.told = now
	var stopping []bool
	// Free: one row, and only this shift says how far it is.
	err := s.Store.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		stopping, err = store.Query[bool](tx, updateProgress, s.ID, file, done, of, tx.Now)
		return err
	})
	if err != nil {
		return // the next batch tells of a database that is away
	}
	if len(stopping) == 0 || stopping[0] {
		s.quit(errStopped)
	}
}

// sum makes the result of what came. Rows that earlier shifts of this run have taken count as what they were then.
func (s *shift) sum(ctx context.Context, came *Came) error {
	s.result.Totals, s.result.Later, s.result.Leading = came.Totals, came.Later, came.Without.N
	s.result.Batches, s.result.Longest = came.Batches, came.Longest
	if s.State == Running {
		for file, before := range s.Taken {
			for _, o := range []Outcome{Created, Updated} {
				n := before[o]
				came.Totals.Add(file, o, n)
				came.Totals.Add(file, Unchanged, -min(n, came.Totals[file][Unchanged]))
			}
		}
	}
	return came.Without.Each(ctx, func(l Leaderless) error {
		if len(s.result.Without) < linesShown {
			l.Name = shown(l.Name)
			s.result.Without = append(s.result.Without, l)
		}
		return nil
	})
}

// ended writes what it came to.
func (s *shift) ended(ctx context.Context, state string) error {
	program := who.Program(s.org, nil)
	var kept blob.Blob
	if s.report != nil {
		err := errors.Join(s.report.Close(), s.report.out.Flush())
		if err == nil {
			kept, err = s.put(ctx, program, s.report.file)
		}
		if err != nil {
			return err
		}
	}
	result, err := json.Marshal(s.result)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, store.Lock("import", s.ID), func(tx *store.Tx) error {
		var n int64
		if state == Done {
			n, err = tx.Exec(updateCame, s.ID, string(result), kept.ID, kept.Size, kept.SHA256, tx.Now)
		} else {
			n, err = tx.Exec(updateFound, s.ID, state, string(result), kept.ID, kept.Size, kept.SHA256, tx.Now)
		}
		if err != nil || n == 0 {
			return err // another node was faster, and says the same
		}
		if kept.ID != "" {
			if _, err := blob.Claim(tx, program, "report", kept.ID); err != nil {
				return err
			}
		}
		gone := []string{s.Report}
		if state != Ready {
			gone = append(gone, s.Export)
		}
		for _, b := range gone {
			if b != "" && err == nil {
				err = blob.Release(tx, b)
			}
		}
		if err != nil {
			return err
		}
		return s.Events.Emit(tx, program, s.org, Ended{s.ID, state, s.result.Totals})
	})
}

func (s *shift) stopped(ctx context.Context) error {
	return s.Store.Write(ctx, store.Lock("import", s.ID), func(tx *store.Tx) error {
		n, err := tx.Exec(updateStopped, s.ID, tx.Now)
		if err != nil || n == 0 {
			return err
		}
		return s.Events.Emit(tx, who.Program(s.org, nil), s.org, Ended{Import: s.ID, State: Stopped})
	})
}

// later tries again after a while, or gives up and leaves it to a person.
func (s *shift) later(ctx context.Context, tries int, reference string) error {
	failed := tries >= triesOf
	return s.Store.Write(ctx, store.Lock("import", s.ID), func(tx *store.Tx) error {
		wait := min(time.Minute, pause<<tries)
		n, err := tx.Exec(updateFailed, s.ID, tries, tx.Now.Add(wait), reference, failed, tx.Now)
		if err != nil || n == 0 || !failed {
			return err
		}
		return s.Events.Emit(tx, who.Program(s.org, nil), s.org, Ended{Import: s.ID, State: Failed})
	})
}
