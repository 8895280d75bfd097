// Package limit slows down whoever guesses: one counter per subject whatever the door, one per network, in the database,
// so that all nodes and every restart count together.
//
// A try takes its place in the counters before anything is compared, so that of many at once no more get through than of many
// one by one; a try that was no failure gives its place back, so that only failures count. The answer is TooMany with the time
// to wait, never a wait on our side. The delay holds per subject and network, so a stranger cannot lock somebody out for good;
// over all networks a subject has a higher ceiling.
package limit

import (
	"context"
	"net/netip"
	"time"

	"lodge/internal/platform/clock"
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

// counter is one of the three that a try is counted by.
type counter struct {
	subject, network string
	free             int
	longest          time.Duration

	until  time.Time // what the try set, zero if it set none
	before time.Time // last failure before the try
}

// counters are subject from network, network alone, subject over all. Rows are touched in this order only, or two tries
// could wait for each other.
func counters(subject, address string) [3]counter {
	n := Network(address)
	return [3]counter{{subject: subject, network: n, free: free, longest: longest}, {network: n, free: freeNetwork, longest: longest},
		{subject: subject, free: freeSubject, longest: longestAll}}
}

// Place is what a try holds in the counters. It counts as a failure until it is given back.
type Place struct {
	counters [3]counter
	at       time.Time
}

// Take takes a try's place, in a transaction of its own, so that it stands whatever else happens. TooMany with the time to wait
// if this subject must not be tried from this address now.
func (l *Limits) Take(ctx context.Context, subject, address string) (p Place, err error) {
	// A flood of tries that are refused must hold no writer, so it is looked first and decided afterwards.
	err = l.DB.Read(ctx, func(tx *store.Tx) error {
		_, err := look(tx, subject, address)
		return err
	})
	if err != nil {
		return Place{}, err
	}
	// Free: each counter is one conditional statement.
	err = l.DB.Write(ctx, store.Free, func(tx *store.Tx) (err error) {
		p, err = Take(tx, subject, address)
		return err
	})
	return p, err
}

// Return gives a place back in a transaction of its own: there was no guess to be counted. It does so for somebody who has gone, too.
func (l *Limits) Return(ctx context.Context, p Place) error {
	// Free: each counter is one conditional statement.
	return l.DB.Write(context.WithoutCancel(ctx), store.Free, p.Return)
}

// standing is a row of the three that there is.
type standing struct {
	Subject, Network string
	Until, LastAt    time.Time
}

// look is TooMany if one of the counters has to be waited for.
func look(tx *store.Tx, subject, address string) ([]standing, error) {
	all, err := store.Query[standing](tx, selectStanding, subject, Network(address))
	until := tx.Now
	for _, s := range all {
		if s.Until.After(until) {
			until = s.Until
		}
	}
	if err == nil && until.After(tx.Now) {
		err = tooMany(until.Sub(tx.Now))
	}
	return all, err
}

// Take is the step of Limits.Take. Its error must end the transaction.
func Take(tx *store.Tx, subject, address string) (Place, error) {
	all, err := look(tx, subject, address)
	if err != nil {
		return Place{}, err
	}
	p := Place{counters(subject, address), tx.Now}
	for i := range p.counters {
		c := &p.counters[i]
		for _, s := range all {
			if s.Subject == c.subject && s.Network == c.network {
				c.before = s.LastAt
			}
		}
		if err := c.take(tx, subject, address); err != nil {
			return Place{}, err
		}
	}
	return p, nil
}

func (c *counter) take(tx *store.Tx, subject, address string) error {
	old := tx.Now.Add(-forgotten)
	n, ok, err := store.Maybe[int](tx, upsertTry, c.subject, c.network, tx.Now, old)
	if err != nil {
		return err
	}
	if !ok { // another try was quicker
		if _, err = look(tx, subject, address); err == nil {
			err = tooMany(0)
		}
		return err
	}
	if c.before.Before(old) {
		c.before = old
	}
	if n < c.free {
		return nil
	}
	c.until = tx.Now.Add(min(time.Second<<min(n-c.free, 20), c.longest))
	_, err = tx.Exec(updateUntil, c.subject, c.network, c.until)
	return err
}

// Return gives the place back: the try was no failure. What others have counted meanwhile stays.
func (p Place) Return(tx *store.Tx) error {
	for _, c := range p.counters {
		if _, err := tx.Exec(updateReturned, c.subject, c.network, c.until, p.at, c.before); err != nil {
			return err
		}
	}
	return nil
}

func tooMany(wait time.Duration) error {
	wait = max(wait.Round(time.Second), time.Second)
	f := fault.New(fault.TooMany, "limit.too_many", "wait", wait)
	f.RetryAfter = wait
	return f
}

// Passed forgets the failures of the subject, from this network and over all: the person got in. What was counted against the
// network, and against the subject from other networks, stays: whoever guesses there gains nothing by the person's success.
func Passed(tx *store.Tx, subject, address string) error {
	for _, c := range counters(subject, address) {
		if c.subject == "" {
			continue
		}
		if _, err := tx.Exec(deleteSubject, c.subject, c.network); err != nil {
			return err
		}
	}
	return nil
}

// Sweep forgets what nobody needs any more, so that a million invented subjects do not stay.
func Sweep(tx *store.Tx) error {
	_, err := tx.Exec(deleteOld, tx.Now.Add(-forgotten-clock.Slip))
	return err
}

const selectStanding = `
	SELECT subject, network, until, last_at FROM limit_try
	WHERE (subject = $1 AND network IN ($2, '')) OR (subject = '' AND network = $2)`

// A new row's "until" lies in the past by more than clocks differ.
const upsertTry = `
	INSERT INTO limit_try (subject, network, failures, until, last_at)
	VALUES ($1, $2, 1, $4, $3)
	ON CONFLICT (subject, network) DO UPDATE
	SET failures = CASE WHEN limit_try.last_at < $4 THEN 1 ELSE limit_try.failures + 1 END, last_at = $3
	WHERE limit_try.until <= $3
	RETURNING failures`

const updateUntil = `UPDATE limit_try SET until = $3 WHERE subject = $1 AND network = $2 AND until < $3`

const updateReturned = `
	UPDATE limit_try
	SET failures = failures - 1, until = CASE WHEN until = $3 THEN $5 ELSE until END, last_at = CASE WHEN last_at = $4 THEN $5 ELSE last_at END
	WHERE subject = $1 AND network = $2 AND failures > 0`

const deleteSubject = `DELETE FROM limit_try WHERE subject = $1 AND network = $2`

const deleteOld = `DELETE FROM limit_try WHERE last_at < $1`
