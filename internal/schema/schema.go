// Package schema holds all migrations in one sequence. A file is named NNNN_<owner>_<what>.sql; only the owner writes
// the tables in it. The same DDL runs on both engines (SQLite keeps TIMESTAMPTZ columns as text); where it cannot, there
// is one file per engine, NNNN_x.sqlite.sql and NNNN_x.postgres.sql.
//
// Types are TEXT, BIGINT, INTEGER, BOOLEAN and TIMESTAMPTZ; civil days are TEXT YYYY-MM-DD; every unique index is named
// table_columns_key, so that both engines report the same constraint.
package schema

import (
	"embed"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed *.sql
var Files embed.FS

// Newest is the number of the last migration that this program knows.
func Newest() (newest int64, err error) {
	all, err := fs.Glob(Files, "*.sql")
	for _, name := range all {
		digits, _, _ := strings.Cut(name, "_")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return 0, err
		}
		newest = max(newest, n)
	}
	return newest, err
}
