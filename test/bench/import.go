package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// importRow is P8: an import with all its checks against the bare writing of the same rows, its memory, and the wrapping of weak passwords.
func importRow(ctx context.Context, b *bench) (all []figure, err error) {
	people := b.more(100_000, 300)
	folder, rows, err := b.export(people, plain)
	if err != nil {
		return nil, err
	}
	quarter, _, err := b.export(people/4, plain)
	if err != nil {
		return nil, err
	}
	for _, engine := range b.engines() {
		few, _, err := b.bring(ctx, engine, quarter)
		if err != nil {
			return all, err
		}
		r, from, err := b.bring(ctx, engine, folder)
		if err != nil {
			return all, err
		}
		written, spent, err := b.copyRows(ctx, engine, from)
		if err != nil {
			return all, err
		}
		ours, base := float64(rows)/r.took.Seconds(), float64(rows)/spent.Seconds()
		all = append(all,
			figure{subject: fmt.Sprintf("import of %d people, %d rows, %s", people, rows, shown[engine]), ours: rate(ours, "rows"),
				base: fmt.Sprintf("%s, batched INSERT of the %d rows it wrote", rate(base, "rows"), written), ratio: ours / base, goal: atLeast(0.25)},
			figure{subject: "its memory, " + shown[engine], ours: megabytes(r.rss), base: megabytes(few.rss) + " with a quarter", ratio: float64(r.rss) / 1e6, goal: goal{limit: 200, unit: "MB"}})
	}
	wrapping, err := b.wrapping(ctx)
	return append(all, wrapping...), err
}

// bring imports a folder into a database of its own.
func (b *bench) bring(ctx context.Context, engine, folder string) (r ran, url string, err error) {
	url, dir, err := b.vendorOnly(ctx, engine)
	if err == nil {
		r, err = b.command(ctx, url, dir, "import", folder)
	}
	return r, url, err
}

// wrapping compares how many weak passwords an import wraps in a second with bare hashing: what an import of weak ones takes longer than
// the same one of others.
func (b *bench) wrapping(ctx context.Context) ([]figure, error) {
	n := b.more(1_000, 40)
	strong, _, err := b.export(n, plain)
	if err != nil {
		return nil, err
	}
	feeble, _, err := b.export(n, weak)
	if err != nil {
		return nil, err
	}
	var with, without []time.Duration
	var hashing []float64
	for range b.more(3, 1) {
		for _, of := range []struct {
			folder string
			to     *[]time.Duration
		}{{feeble, &with}, {strong, &without}} {
			r, _, err := b.bring(ctx, "sqlite", of.folder)
			if err != nil {
				return nil, err
			}
			*of.to = append(*of.to, r.took)
		}
		t, err := load{runtime.NumCPU(), b.longer(5 * time.Second), bareArgon}.run(ctx)
		if err != nil {
			return nil, err
		}
		hashing = append(hashing, t.rate)
	}
	longer := median(with, itself) - median(without, itself)
	ours, base := float64(n)/longer.Seconds(), median(hashing, itself)
	return []figure{{subject: fmt.Sprintf("wrapping of %d weak passwords", n), ours: rate(ours, "passwords"), base: rate(base, "Argon2id"), ratio: ours / base, goal: atLeast(0.8)}}, nil
}
