// Package limit slows down whoever guesses: one counter per subject whatever the door, one per network, in the database,
// so that all nodes and every restart count together.
//
// Only failures count. The answer is TooMany with the time to wait, never a wait on our side. The delay holds per subject
// and network, so a stranger cannot lock somebody out for good; over all networks a subject has a higher ceiling.
package limit

import (
	"context"
	"net/netip"
	"time"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
)

// Limits are the rules of the doors that take passwords and codes.
type Limits struct {
	DB *store.DB
}

const (
	free        = 5                // failures of a subject from one network without delay
	freeNetwork = 30               // failures from one network without delay
	freeSubject = 50               // failures of a subject over all networks without delay
	longest     = 15 * time.Minute // delay of a subject from one network, and of a network
	longestAll  = 1 * time.Minute  // delay of a subject over all networks
	forgotten   = 24 * time.Hour   // after the last failure
)

// Network is the part of an address that counts as one: IPv4 /24, IPv6 /48. An unreadable address is its own network.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap()
	bits := 24
	if ip.Is6() {
		bits = 48
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}

// rows are the three counters of a try: subject from network, network alone, subject over all.
func rows(subject, address string) [3]struct {
	subject, network string
	free             int
	longest          time.Duration
} {
	n := Network(address)
	return [3]struct {
		subject, network string
		free             int
		longest          time.Duration
	}{{subject, n, free, longest}, {"", n, freeNetwork, longest}, {subject, "", freeSubject, longestAll}}
}

// Allow is TooMany with the time to wait if this subject must not be tried from this address now. One statement.
func (l *Limits) Allow(ctx context.Context, subject, address string) error {
	var until time.Time
	var now time.Time
	err := l.DB.Read(ctx, func(tx *store.Tx) error {
		now = tx.Now
		all, err := store.Query[time.Time](tx, selectUntil, subject, Network(address), now)
		for _, t := range all {
			if t.After(until) {
				until = t
			}
		}
		return err
	})
	if err != nil || until.IsZero() {
		return err
	}
	return tooMany(until.Sub(now))
}

func tooMany(wait time.Duration) error {
	wait = max(wait.Round(time.Second), time.Second)
	f := fault.New(fault.TooMany, "limit.too_many", "wait", wait)
	f.RetryAfter = wait
	return f
}

// Failed counts a failure in a transaction of its own, so that it stands whatever else happens.
func (l *Limits) Failed(ctx context.Context, subject, address string) error {
	// Free: each counter is one conditional statement.
	return l.DB.Write(ctx, store.Free, func(tx *store.Tx) error { return Count(tx, subject, address) })
}

// Count is the step of Failed.
func Count(tx *store.Tx, subject, address string) error {
	for _, r := range rows(subject, address) {
		n, err := store.One[int](tx, upsertFailure, r.subject, r.network, tx.Now, tx.Now.Add(-forgotten))
		if err != nil {
			return err
		}
		if n < r.free {
			continue
		}
		wait := min(time.Second<<min(n-r.free, 20), r.longest)
		if _, err := tx.Exec(updateUntil, r.subject, r.network, tx.Now.Add(wait)); err != nil {
			return err
		}
	}
	return nil
}

// Passed forgets the failures of the subject from this address: the person got in. The network's own counter stays.
func Passed(tx *store.Tx, subject, address string) error {
	_, err := tx.Exec(deleteSubject, subject, Network(address))
	return err
}

// Sweep forgets what nobody needs any more, so that a million invented subjects do not stay.
func Sweep(tx *store.Tx) error {
	_, err := tx.Exec(deleteOld, tx.Now.Add(-forgotten))
	return err
}

const selectUntil = `
	SELECT until FROM limit_try
	WHERE ((subject = $1 AND network IN ($2, '')) OR (subject = '' AND network = $2)) AND until > $3`

const upsertFailure = `
	INSERT INTO limit_try (subject, network, failures, until, last_at)
	VALUES ($1, $2, 1, $3, $3)
	ON CONFLICT (subject, network) DO UPDATE
	SET failures = CASE WHEN limit_try.last_at < $4 THEN 1 ELSE limit_try.failures + 1 END, last_at = $3
	RETURNING failures`

const updateUntil = `UPDATE limit_try SET until = $3 WHERE subject = $1 AND network = $2 AND until < $3`

const deleteSubject = `DELETE FROM limit_try WHERE subject = $1 AND network IN ($2, '')`

const deleteOld = `DELETE FROM limit_try WHERE last_at < $1`
