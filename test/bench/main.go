// Command bench measures what docs/performance.md promises, each subject against a plain baseline in the same run: `go run ./test/bench`.
//
// Everything runs on this machine, over loopback, on SQLite and, beside a PostgreSQL (`go run ./test/withpg -disk go run ./test/bench`), on that
// too. Subject and baseline take turns, so that whatever else the machine does hits both; a figure is the median of the turns.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

// bench is one run.
type bench struct {
	quick   bool
	engine  string // "" = all that there are
	dir     string // for databases and files; removed in the end
	profile string // folder for CPU profiles of the subjects; "" = none
	log     io.Writer
	worlds  []*world // kept for the rows that ask for the same size
}

// row is one row of the table in docs/performance.md.
type row struct {
	id, feels string
	run       func(context.Context, *bench) ([]figure, error)
}

var rows = []row{
	{"P1", "every page is instant", pagesRow},
	{"P2", "it stays instant when the vendor grows", growthRow},
	{"P5", "a storm of sign-ins hurts nobody", signInRow},
	{"P6", "session checks are free", sessionRow},
	{"P7", "downloads saturate the line", downloadRow},
	{"P8", "migration in a coffee break", importRow},
	{"P9", "search answers while typing", searchRow},
	{"DOS", "a flood hurts nobody else", floodRow},
	{"P11", "it starts at once and stays small", startRow},
}

func main() {
	engine := flag.String("engine", "", "sqlite or postgres; all that there are without")
	only := flag.String("only", "", "rows to measure, as P1,P5; all of them without")
	quick := flag.Bool("quick", false, "small worlds and short turns: tells that it works, not how fast")
	markdown := flag.Bool("markdown", false, "print the table as docs/performance.md has it")
	profile := flag.String("profile", "", "folder for CPU profiles of the subjects")
	dir := flag.String("dir", "", "folder for databases and files, on the disk to be measured; a temporary one without")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	figures, err := run(ctx, &bench{quick: *quick, engine: *engine, dir: *dir, profile: *profile, log: os.Stderr}, *only)
	if *markdown {
		printMarkdown(os.Stdout, figures)
	} else {
		printTable(os.Stdout, figures)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the rows that are named, all of them without a name, and gives what there is even if one fails.
func run(ctx context.Context, b *bench, only string) (all []figure, err error) {
	if b.dir, err = os.MkdirTemp(b.dir, "lodge-bench"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(b.dir)
	defer b.closeWorlds()
	wanted := strings.FieldsFunc(only, func(r rune) bool { return r == ',' || r == ' ' })
	for _, id := range wanted {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.id == id }) {
			return nil, fmt.Errorf("there is no row %s", id)
		}
	}
	fmt.Fprintf(b.log, "%d cores, %s\n", runtime.NumCPU(), runtime.Version())
	for _, r := range rows {
		if len(wanted) > 0 && !slices.Contains(wanted, r.id) {
			continue
		}
		began := time.Now()
		fmt.Fprintf(b.log, "%s: %s …\n", r.id, r.feels)
		figures, err := r.run(ctx, b)
		for _, f := range figures {
			f.row = r.id
			all = append(all, f)
		}
		if err != nil {
			return all, fmt.Errorf("%s: %w", r.id, err)
		}
		fmt.Fprintf(b.log, "%s: %v\n", r.id, time.Since(began).Round(time.Second))
	}
	return all, nil
}
