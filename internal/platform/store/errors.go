package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"lodge/internal/platform/fault"
)

// Errors of any engine, as callers see them.
var (
	ErrNoRow    = errors.New("no such row")
	ErrExists   = errors.New("exists already")   // unique; Constraint tells which
	ErrInUse    = errors.New("still in use")     // foreign key, at a DELETE
	ErrNoParent = errors.New("names no row")     // foreign key, at an INSERT or UPDATE on PostgreSQL, any on SQLite
	ErrBroken   = errors.New("breaks a check")   // CHECK, NOT NULL: our mistake
	errAgain    = errors.New("run it once more") // deadlock, serialisation failure
)

// exists is ErrExists with the name of the constraint, equal on both engines: table_cols_key or table_pkey.
type exists struct {
	constraint string
	err        error
}

func (e *exists) Error() string {
	return ErrExists.Error() + " (" + e.constraint + "): " + e.err.Error()
}
func (e *exists) Unwrap() []error { return []error{ErrExists, e.err} }

// Constraint is the name of the unique constraint that an ErrExists is about: "person_email_key". On SQLite it is made of
// the columns that the engine names, so unique indexes are named table_columns_key throughout, primary keys table_pkey.
func Constraint(err error) string {
	var e *exists
	if errors.As(err, &e) {
		return e.constraint
	}
	return ""
}

// liteConstraint turns "UNIQUE constraint failed: person.email" into person_email_key.
func liteConstraint(message string, primary bool) string {
	const failed = "constraint failed: "
	at := strings.LastIndex(message, failed)
	if at < 0 {
		return ""
	}
	cols, _, _ := strings.Cut(message[at+len(failed):], " (")
	name := ""
	for i, col := range strings.Split(cols, ", ") {
		table, column, _ := strings.Cut(col, ".")
		if i == 0 {
			name = table
		}
		if !primary {
			name += "_" + column
		}
	}
	if primary {
		return name + "_pkey"
	}
	return name + "_key"
}

// unavailable says that the database is busy, full or gone; the caller may come back.
func unavailable(code string, err error) error {
	f := fault.New(fault.Unavailable, code)
	f.RetryAfter, f.Err = 5*time.Second, err
	return f
}

// late turns our own deadline into Unavailable; a caller who went away stays context.Canceled.
func late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return unavailable("store.busy", err)
	}
	return err
}
