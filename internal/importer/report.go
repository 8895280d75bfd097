package importer

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/web"
)

// Finding is a fault of a whole file. With one of them nothing is imported.
type Finding struct {
	File string
	Code string
	Args []any // of the sentence
}

// Line is what a row came to.
type Line struct {
	File string
	Line int
	ID   string // "" if the row has no valid one
	Decision
}

// Report writes CSV: UTF-8, LF, one record per finding or row in the order of the calls. Close it.
type Report struct {
	W    io.Writer
	Text func(key string, args ...any) string // lang.Printer.T

	out *csv.Writer
}

func (r *Report) write(cells ...string) error {
	if r.out == nil {
		r.out = csv.NewWriter(r.W)
		if err := r.out.Write([]string{"file", "line", "source_id", "outcome", "code", "sentence"}); err != nil {
			return err
		}
	}
	if len(cells) == 0 {
		return nil
	}
	for i, c := range cells {
		cells[i] = web.Cell(c)
	}
	return r.out.Write(cells)
}

// Finding reports a fault of a whole file.
func (r *Report) Finding(f Finding) error {
	return r.write(f.File, "0", "", string(Refused), f.Code, r.Text("importer."+f.Code, f.Args...))
}

// Line reports a row.
func (r *Report) Line(l Line) error {
	return r.write(l.File, strconv.Itoa(l.Line), l.ID, string(l.Outcome), l.Code(), r.sentence(l))
}

// sentence says for a person what is wrong in which column and what to do; "" for a row taken as it is.
func (r *Report) sentence(l Line) string {
	if f := l.Refusal; f != nil {
		args := append([]any{"column", f.Column, "value", orNothing(f.Value)}, f.Args...)
		return r.Text("importer."+f.Code, args...)
	}
	var all []string
	for _, n := range l.Notes {
		all = append(all, r.Text("importer."+n))
	}
	return strings.Join(all, " ")
}

// Close writes what is left; a report without lines has its header.
func (r *Report) Close() error {
	if err := r.write(); err != nil {
		return err
	}
	r.out.Flush()
	return r.out.Error()
}

// orNothing is a value as it stands in a sentence, or the word for an empty one.
func orNothing(value string) any {
	if value == "" {
		return fault.Msg("importer.nothing")
	}
	return shown(value)
}

const maxShown = 60 // characters of a value in a sentence

// shown is a value as it stands in a sentence: cut, and with a sign in place of what a terminal or a reader could be led
// astray by.
func shown(value string) string {
	if utf8.RuneCountInString(value) > maxShown {
		runes := []rune(value[:min(len(value), maxShown*utf8.UTFMax)])
		value = string(runes[:maxShown-1]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if _, bad := forbidden(string(r), Text); bad {
			return utf8.RuneError
		}
		return r
	}, value)
}

// Totals count rows by file and outcome.
type Totals map[string]map[Outcome]int

// Add counts rows.
func (t Totals) Add(file string, o Outcome, n int) {
	if t[file] == nil {
		t[file] = map[Outcome]int{}
	}
	t[file][o] += n
}

// Lines are the totals as texts: a file's name and its counts, zeros included, in the order of the import.
func (t Totals) Lines() []fault.Message {
	var all []fault.Message
	for _, f := range Files() {
		n, ok := t[f.Name]
		if !ok {
			continue
		}
		args := []any{"file", f.Name}
		for _, o := range outcomes {
			args = append(args, string(o), n[o])
		}
		all = append(all, fault.Msg("importer.totals", args...))
	}
	return all
}
