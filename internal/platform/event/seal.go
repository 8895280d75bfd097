package event

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"lodge/internal/platform/store"
)

const batch = 500 // events a seal covers at most

// Seal is the proof of a range of events: each covers the one before.
type Seal struct {
	N, FirstSeq, LastSeq int64
	Root, Prev, Hash     string // hex of SHA-256
}

// SealNew gives all events that are visible now their sequence and a seal, batch by batch, and says how many there were.
// One node at a time does it; where another is at it, it returns at once.
func SealNew(ctx context.Context, db *store.DB) (sealed int, err error) {
	_, err = db.IfFree(ctx, "seal", func(ctx context.Context) error {
		for {
			n, err := sealBatch(ctx, db)
			sealed += n
			if err != nil || n < batch {
				return err
			}
		}
	})
	return sealed, err
}

func sealBatch(ctx context.Context, db *store.DB) (n int, err error) {
	// Free: Exclusive stands around it, and both primary keys refuse a second writer.
	err = db.Write(ctx, store.Free, func(tx *store.Tx) error {
		news, err := store.Query[Entry](tx, selectNew, batch)
		n = len(news)
		if err != nil || n == 0 {
			return err
		}
		last, _, err := store.Maybe[Seal](tx, selectLastSeal)
		if err != nil {
			return err
		}
		next := Seal{N: last.N + 1, FirstSeq: last.LastSeq + 1, LastSeq: last.LastSeq + int64(n), Prev: last.Hash}
		leaves := make([][32]byte, n)
		for i, e := range news {
			leaves[i] = e.leaf()
			if err := tx.Later(insertSeq, next.FirstSeq+int64(i), e.At, e.ID, hex.EncodeToString(leaves[i][:])); err != nil {
				return err
			}
			if err := tx.Later(deleteNew, e.At, e.ID); err != nil {
				return err
			}
		}
		next.Root = merkle(leaves)
		next.Hash = next.hash()
		_, err = tx.Exec(insertSeal, next.N, next.FirstSeq, next.LastSeq, next.Root, next.Prev, next.Hash)
		return err
	})
	return n, err
}

// leaf is the SHA-256 of the row as JSON with fields in a fixed order and the time in UTC microseconds.
func (e Entry) leaf() [32]byte {
	row, _ := json.Marshal([]string{e.At.UTC().Format(time.RFC3339Nano), e.ID, e.Org, e.Person, e.AsPerson, e.Member, string(e.Source), e.Address, e.Name, e.Subject, e.Body})
	return sha256.Sum256(append([]byte{0}, row...))
}

func (s Seal) hash() string {
	h := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s %s", s.N, s.FirstSeq, s.LastSeq, s.Root, s.Prev))
	return hex.EncodeToString(h[:])
}

// merkle is the root over leaves: pairs are hashed behind a 1, an odd one moves up unchanged (as in RFC 6962).
func merkle(level [][32]byte) string {
	for len(level) > 1 {
		var up [][32]byte
		for i := 0; i < len(level); i += 2 {
			if i+1 == len(level) {
				up = append(up, level[i])
				continue
			}
			up = append(up, sha256.Sum256(append(append([]byte{1}, level[i][:]...), level[i+1][:]...)))
		}
		level = up
	}
	return hex.EncodeToString(level[0][:])
}

// Verify walks all seals and says which range first differs from its events; nil if none does.
func Verify(ctx context.Context, db *store.DB) error {
	var last Seal
	for {
		var seals []Seal
		err := db.Read(ctx, func(tx *store.Tx) (err error) {
			seals, err = store.Query[Seal](tx, selectSeals, last.N, 100)
			if err != nil {
				return err
			}
			for _, s := range seals {
				if s.N != last.N+1 || s.FirstSeq != last.LastSeq+1 || s.Prev != last.Hash || s.Hash != s.hash() {
					return fmt.Errorf("seal %d does not follow seal %d", s.N, last.N)
				}
				rows, err := store.Query[Entry](tx, selectSealed, s.FirstSeq, s.LastSeq)
				if err != nil {
					return err
				}
				leaves := make([][32]byte, len(rows))
				for i, e := range rows {
					leaves[i] = e.leaf()
				}
				if len(leaves) != int(s.LastSeq-s.FirstSeq+1) || merkle(leaves) != s.Root {
					return fmt.Errorf("events %d to %d differ from their seal", s.FirstSeq, s.LastSeq)
				}
				last = s
			}
			return nil
		})
		if err != nil || len(seals) == 0 {
			return err
		}
	}
}

// LastSeal is the newest seal: what a backup and the log keep of it proves all events before. The zero value if there is none.
func LastSeal(tx *store.Tx) (Seal, error) {
	s, _, err := store.Maybe[Seal](tx, selectLastSeal)
	return s, err
}
