package schema_test

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/schema"
)

var update = flag.Bool("update", false, "rewrite golden files; read their diff like code")

var fileName = regexp.MustCompile(`^\d{4}_([a-z]+)_[a-z_]+(\.(sqlite|postgres))?\.sql$`)

// TestFiles_are_named_and_use_types_of_both_engines: what SQLite would turn into a number, or the driver into a time, is
// refused.
func TestFiles_are_named_and_use_types_of_both_engines(t *testing.T) {
	names, err := fs.Glob(schema.Files, "*.sql")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d files (%v)", len(names), err)
	}
	forbidden := regexp.MustCompile(`(?i)\b(UUID|DATE|DATETIME|TIMESTAMP|SERIAL|BIGSERIAL|JSONB?|VARCHAR|NUMERIC|REAL)\b`)
	index := regexp.MustCompile(`(?i)CREATE UNIQUE INDEX (\w+) ON (\w+) \(([^)]*)\)`)
	for _, name := range names {
		if !fileName.MatchString(name) {
			t.Errorf("%s: want NNNN_<owner>_<what>.sql", name)
		}
		b, err := fs.ReadFile(schema.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(b), "\n") {
			code, _, _ := strings.Cut(line, "--")
			if m := forbidden.FindString(code); m != "" {
				t.Errorf("%s:%d: type %s is not the same on both engines", name, n+1, m)
			}
		}
		for _, m := range index.FindAllStringSubmatch(string(b), -1) {
			cols := strings.ReplaceAll(strings.ReplaceAll(m[3], ",", ""), " ", "_")
			if want := m[2] + "_" + cols + "_key"; m[1] != want {
				t.Errorf("%s: unique index %s is called %s on the other engine", name, m[1], want)
			}
		}
	}
}

// TestTables_are_written_by_their_owner_only reads the SQL of all packages: INSERT, UPDATE and DELETE name own tables.
func TestTables_are_written_by_their_owner_only(t *testing.T) {
	owner := map[string]string{}
	table := regexp.MustCompile(`(?i)CREATE (?:VIRTUAL )?TABLE (\w+)`)
	names, err := fs.Glob(schema.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(schema.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range table.FindAllStringSubmatch(string(b), -1) {
			owner[strings.ToLower(m[1])] = fileName.FindStringSubmatch(name)[1]
		}
	}
	shared := []string{"meta"} // named facts: each package has its own names
	write := regexp.MustCompile(`(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)\s`)
	seen := 0
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		parts := strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")
		pkg := parts[len(parts)-1]
		if pkg == "worldtest" || pkg == "large" { // make worlds for tests, some of which no use case would make
			return nil
		}
		for _, m := range write.FindAllStringSubmatch(string(b), -1) {
			t2 := strings.ToLower(m[1])
			if o, known := owner[t2]; known {
				seen++
				if o != pkg && !slices.Contains(shared, t2) {
					t.Errorf("%s writes %s, which belongs to %s", path, t2, o)
				}
			}
		}
		return nil
	})
	if err != nil || seen < 50 {
		t.Errorf("%d statements seen (%v)", seen, err)
	}
}

type column struct{ Table, Name, Type, Nullable string }

const liteColumns = `
	SELECT m.name, c.name, upper(c.type), CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN 'NOT NULL' ELSE '' END
	FROM sqlite_master m JOIN pragma_table_info(m.name) c
	WHERE m.type = 'table' AND m.name NOT LIKE 'river%' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'search%' AND m.name NOT LIKE 'goose%'
	ORDER BY m.name, c.cid`

const pgColumns = `
	SELECT c.table_name, c.column_name,
		CASE c.data_type WHEN 'timestamp with time zone' THEN 'TIMESTAMPTZ' ELSE upper(c.data_type) END,
		CASE c.is_nullable WHEN 'NO' THEN 'NOT NULL' ELSE '' END
	FROM information_schema.columns c
	WHERE c.table_schema = 'public' AND c.table_name NOT LIKE 'river%' AND c.table_name NOT LIKE 'search%' AND c.table_name NOT LIKE 'goose%'
	ORDER BY c.table_name, c.ordinal_position`

// TestSchemas_are_equal_on_both_engines, and equal to the golden file.
func TestSchemas_are_equal_on_both_engines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		q := liteColumns
		if db.Engine() == "postgres" {
			q = pgColumns
		}
		var b strings.Builder
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			cols, err := store.Query[column](tx, q)
			last := ""
			for _, c := range cols {
				if c.Table != last {
					b.WriteString(c.Table + "\n")
					last = c.Table
				}
				b.WriteString("\t" + strings.TrimSpace(c.Name+" "+c.Type+" "+c.Nullable) + "\n")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		const file = "testdata/schema.txt"
		if *update && db.Engine() == "sqlite" {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !*update && b.String() != string(want) {
			t.Errorf("the schema differs from %s:\n%s", file, b.String())
		}
	})
}

// TestAttack_OPS_08_nodes_that_start_together_migrate_once, a second run changes nothing, and an old program refuses.
func TestAttack_OPS_08_nodes_that_start_together_migrate_once(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "new.db") },
		"postgres": func(t *testing.T) string { return storetest.EmptyPostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			address := url(t)
			db, err := store.Open(t.Context(), address, "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			done := make(chan error, 4)
			total := make(chan int, 4)
			for range 4 {
				go func() {
					n, err := db.Migrate(context.WithoutCancel(t.Context()), schema.Files)
					total <- n
					done <- err
				}()
			}
			steps := 0
			for range 4 {
				if err := <-done; err != nil {
					t.Error(err)
				}
				steps += <-total
			}
			names, _ := fs.Glob(schema.Files, "*.sql")
			one := 0
			for _, n := range names {
				if !strings.HasSuffix(n, ".sqlite.sql") {
					one++
				}
			}
			if steps != one {
				t.Errorf("%d steps taken by four nodes, there are %d", steps, one)
			}
			if err := db.Current(t.Context(), schema.Files); err != nil {
				t.Error(err)
			}
			if err := db.Current(t.Context(), older{schema.Files}); err == nil || !strings.Contains(err.Error(), "newer than this program") {
				t.Errorf("an old program says %v", err)
			}
		})
	}
}

// older is an older program's set of migrations.
type older struct{ fs.FS }

func (o older) Glob(pattern string) ([]string, error) {
	all, err := fs.Glob(o.FS, pattern)
	return slices.DeleteFunc(all, func(n string) bool { return n >= "0012" }), err
}
