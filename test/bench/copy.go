package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// imported are the tables into which an import of people writes, parents first.
var imported = []string{"organisation", "person", "linked_identity", "credential", "membership", "membership_role", "support_contract", "customer_line", "import_row", "event", "event_new"}

// batch is how many rows a statement and a transaction of the baseline have: what an import has at most.
const batch = 500

// copyRows writes all rows of a database's tables into an empty one of the same schema, as a plain program would. Only the writing counts.
func (b *bench) copyRows(ctx context.Context, engine, from string) (rows int, spent time.Duration, err error) {
	url, err := b.database(ctx, engine)
	if err != nil {
		return 0, 0, err
	}
	in, err := bare(from)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close()
	out, err := bare(url)
	if err != nil {
		return 0, 0, err
	}
	defer out.Close()
	for _, table := range imported {
		n, took, err := copyTable(ctx, engine, in, out, table)
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", table, err)
		}
		rows, spent = rows+n, spent+took
	}
	return rows, spent, nil
}

func copyTable(ctx context.Context, engine string, in, out *sql.DB, table string) (n int, spent time.Duration, err error) {
	all, err := in.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, 0, err
	}
	defer all.Close()
	columns, err := all.Columns()
	if err != nil {
		return 0, 0, err
	}
	var values []any
	write := func() error {
		began := time.Now()
		err := insert(ctx, engine, out, table, columns, values)
		n, spent, values = n+len(values)/len(columns), spent+time.Since(began), values[:0]
		return err
	}
	for all.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := all.Scan(into...); err != nil {
			return 0, 0, err
		}
		if values = append(values, row...); len(values) == batch*len(columns) {
			if err := write(); err != nil {
				return 0, 0, err
			}
		}
	}
	if len(values) > 0 {
		if err := write(); err != nil {
			return 0, 0, err
		}
	}
	return n, spent, all.Err()
}

// insert writes rows in one transaction, in the way that is quickest on the engine: SQLite has no way to go, so that a prepared statement is
// run row by row; a server gets all of them at once.
func insert(ctx context.Context, engine string, db *sql.DB, table string, columns []string, values []any) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	each := len(values)
	if engine == "sqlite" {
		each = len(columns)
	}
	one, err := tx.PrepareContext(ctx, insertText(table, columns, each))
	if err != nil {
		return err
	}
	defer one.Close()
	for from := 0; from < len(values); from += each {
		if _, err := one.ExecContext(ctx, values[from:from+each]...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// insertText spells an INSERT of so many values, which are whole rows.
func insertText(table string, columns []string, values int) string {
	var q strings.Builder
	fmt.Fprintf(&q, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", "))
	for i := range values {
		switch {
		case i == 0:
			q.WriteString("(")
		case i%len(columns) == 0:
			q.WriteString("), (")
		default:
			q.WriteString(", ")
		}
		fmt.Fprintf(&q, "$%d", i+1)
	}
	return q.String() + ")"
}
