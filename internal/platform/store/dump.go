package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Dump writes a consistent copy of the database to a new file of mode 0600, while others go on writing, and calls facts with exactly the
// state that was copied. PostgreSQL's own tools must be installed for a PostgreSQL database.
func (db *DB) Dump(ctx context.Context, path string, facts func(*Tx) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	if db.engine == postgres {
		return db.dumpPostgres(ctx, path, facts)
	}
	w, err := db.OpenWriter() // a connection of its own: the only writer must not wait
	if err != nil {
		return err
	}
	_, err = w.ExecContext(ctx, "VACUUM INTO ?", path)
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	copied, err := Open(ctx, "sqlite:"+path, "")
	if err != nil {
		return err
	}
	copied.Clock = db.Clock
	return errors.Join(copied.Read(ctx, facts), copied.Close())
}

// dumpPostgres lends the snapshot of its own transaction to pg_dump.
func (db *DB) dumpPostgres(ctx context.Context, path string, facts func(*Tx) error) error {
	return db.run(ctx, db.direct, db.engine.reading, nil, func(tx *Tx) error {
		for _, wait := range []string{"idle_in_transaction_session_timeout", "statement_timeout"} {
			if _, err := tx.tx.ExecContext(ctx, "SET LOCAL "+wait+" = 0"); err != nil {
				return err
			}
		}
		snapshot, err := One[string](tx, "SELECT pg_export_snapshot()")
		if err != nil {
			return err
		}
		if err := facts(tx); err != nil {
			return err
		}
		return postgresTool(ctx, db.past, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--snapshot="+snapshot, "--file="+path)
	})
}

// restoring is the schema that stands in a PostgreSQL database as long as a restore into it is not complete.
const restoring = "lodge_restoring"

// Load brings a dump into an empty place: a file that does not exist, or a database without tables. settle runs in the database before anybody
// can use it. What is broken off leaves a database that this program refuses to open.
func Load(ctx context.Context, address, dump string, settle func(context.Context, *DB) error) error {
	if path, isLite := strings.CutPrefix(address, "sqlite:"); isLite {
		return loadLite(ctx, path, dump, settle)
	}
	db, err := Open(ctx, address, "")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.direct.ExecContext(ctx, "CREATE SCHEMA "+restoring); err != nil {
		return fmt.Errorf("a restore was begun here before: make the database anew (%w)", err)
	}
	if err := postgresTool(ctx, db.past, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--dbname=", dump); err != nil {
		return err
	}
	if err := settle(ctx, db); err != nil {
		return err
	}
	_, err = db.direct.ExecContext(ctx, "DROP SCHEMA "+restoring)
	return err
}

// loadLite works on a file beside the place, and moves it there when it is complete.
func loadLite(ctx context.Context, path, dump string, settle func(context.Context, *DB) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	part := path + ".part"
	defer func() {
		for _, end := range []string{"", "-wal", "-shm"} {
			os.Remove(part + end)
		}
	}()
	if err := copyFile(part, dump); err != nil {
		return err
	}
	db, err := Open(ctx, "sqlite:"+part, "")
	if err != nil {
		return err
	}
	if err := errors.Join(settle(ctx, db), db.Close()); err != nil {
		return err
	}
	if err := os.Link(part, path); err != nil { // unlike a rename, never over something
		return fmt.Errorf("there is a database at %s already", path)
	}
	return nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	os.Remove(to) // of a restore that was killed
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// Vacant is nil if nothing is there yet: no file, or a database without tables.
func Vacant(ctx context.Context, address string) error {
	if path, isLite := strings.CutPrefix(address, "sqlite:"); isLite {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("there is a database at %s already; a restore needs an empty place", path)
		}
		return nil
	}
	db, err := Open(ctx, address, "")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Read(ctx, func(tx *Tx) error {
		tables, err := tx.Tables()
		if err == nil && len(tables) > 0 {
			err = errors.New("the database has tables already; a restore needs an empty one")
		}
		return err
	})
}

// Tables are the names of all tables but the engine's own, sorted.
func (tx *Tx) Tables() ([]string, error) {
	q := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	if tx.db.engine == postgres {
		q = `SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'`
	}
	all, err := Query[string](tx, q)
	slices.Sort(all)
	return all, err
}

// unfinished tells whether a restore into a PostgreSQL database was broken off.
func (db *DB) unfinished(ctx context.Context) error {
	if db.engine != postgres {
		return nil
	}
	var n int
	err := db.direct.QueryRowContext(ctx, "SELECT count(*) FROM pg_namespace WHERE nspname = $1", restoring).Scan(&n)
	if err == nil && n > 0 {
		err = errors.New("a restore into this database was not completed: make the database anew and restore again")
	}
	return err
}

// postgresTool runs one of PostgreSQL's own programs on a database. The password is given where no list of processes shows it.
func postgresTool(ctx context.Context, address, name string, args ...string) error {
	path, err := findTool(name)
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("the address of the database cannot be read")
	}
	env := os.Environ()
	if password, has := u.User.Password(); has {
		env = append(env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	if i := slices.Index(args, "--dbname="); i >= 0 {
		args[i] += u.String()
	} else {
		args = append(args, "--dbname="+u.String())
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", "; "))
	}
	return nil
}

// findTool looks where Debian keeps the programs of a version, too; the newest can read all older servers.
func findTool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", fmt.Errorf("%s is not installed: it comes with PostgreSQL's client programs", name)
	}
	return found[len(found)-1], nil
}
