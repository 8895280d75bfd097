package store

import (
	"context"
	"database/sql"
	"errors"
	"hash/maphash"
	"strings"
)

// Scratch is a table of keys and values on disk for work that would otherwise grow in memory with what it works on. It belongs to one
// goroutine, is private to the process, and is gone with it however that ends: SQLite takes the name of such a file away as soon
// as it is made. A failure stays: after it nothing is found, and Err says why.
type Scratch struct {
	db       *sql.DB
	get, set *sql.Stmt
	err      error

	seed   maphash.Seed
	filter []uint64 // says of most keys that were never set that they were not, without a look at the disk
}

const (
	filterWords = 1 << 20 // 8 MiB, however much is kept
	setAtOnce   = 64
)

// OpenScratch makes an empty one in the system's folder for temporary files. Close it.
func OpenScratch() (*Scratch, error) {
	db, err := sql.Open("sqlite", "") // an empty name is a temporary database of its own
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &Scratch{db: db, seed: maphash.MakeSeed(), filter: make([]uint64, filterWords)}
	for _, q := range []string{
		`PRAGMA journal_mode = off`, `PRAGMA synchronous = off`, `PRAGMA cache_size = -16384`,
		`CREATE TABLE kept (k TEXT PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID`,
		`BEGIN`, // never committed: nobody reads it afterwards
	} {
		if _, err := db.Exec(q); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if s.get, err = db.Prepare(`SELECT v FROM kept WHERE k = ?`); err == nil {
		s.set, err = db.Prepare(`INSERT INTO kept (k, v) VALUES ` + strings.Repeat(`(?, ?), `, setAtOnce-1) + `(?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Close removes it.
func (s *Scratch) Close() error { return s.db.Close() }

// Err is the first failure.
func (s *Scratch) Err() error { return s.err }

// bits are the places of a key in the filter.
func (s *Scratch) bits(key string) [3]uint64 {
	h := maphash.String(s.seed, key)
	const all = filterWords * 64
	return [3]uint64{h % all, (h >> 20) % all, (h>>40 ^ h<<7) % all}
}

// Get gives the value of a key.
func (s *Scratch) Get(key string) (value []byte, ok bool) {
	for _, b := range s.bits(key) {
		if s.filter[b/64]&(1<<(b%64)) == 0 {
			return nil, false
		}
	}
	if s.err != nil {
		return nil, false
	}
	switch err := s.get.QueryRow(key).Scan(&value); {
	case err == nil:
		return value, true
	case !errors.Is(err, sql.ErrNoRows):
		s.err = err
	}
	return nil, false
}

// Pair is a key with its value.
type Pair struct {
	Key   string
	Value []byte
}

// Set keeps values, also in place of those that their keys had.
func (s *Scratch) Set(all ...Pair) {
	for len(all) > 0 && s.err == nil {
		some := all[:min(len(all), setAtOnce)]
		all = all[len(some):]
		args := make([]any, 0, 2*setAtOnce)
		for i := range setAtOnce {
			p := some[min(i, len(some)-1)] // the statement is always the same: the last one fills it
			args = append(args, p.Key, p.Value)
		}
		for _, p := range some {
			for _, b := range s.bits(p.Key) {
				s.filter[b/64] |= 1 << (b % 64)
			}
		}
		_, s.err = s.set.Exec(args...)
	}
}

// Each gives what is kept under keys that begin with prefix, in the order of the keys. f may set other keys.
func (s *Scratch) Each(ctx context.Context, prefix string, f func(key string, value []byte) error) error {
	const page = 500
	for after := prefix; s.err == nil; {
		var some []Pair
		if some, s.err = s.page(ctx, after, prefix+"\xff", page); s.err != nil {
			break
		}
		for _, p := range some {
			if err := f(p.Key, p.Value); err != nil {
				return err
			}
			after = p.Key
		}
		if len(some) < page {
			return s.err
		}
	}
	return s.err
}

func (s *Scratch) page(ctx context.Context, after, before string, n int) (all []Pair, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT k, v FROM kept WHERE k > ? AND k < ? ORDER BY k LIMIT ?`, after, before, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p Pair
		if err := rows.Scan(&p.Key, &p.Value); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}
