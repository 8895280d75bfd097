package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"lodge/internal/account"
	"lodge/internal/platform/who"
)

// typed is what people type, as the search sees it: a word of few documents, of a thousandth, the beginning of one that a tenth have, and two.
var typed = []string{"rare", "word17", "word1", "generated word23"}

// seekers look for it: among all of an organisation, among those of a partner's customers, among everything.
var seekers = []struct{ who, org string }{{"support-advanced", "customer"}, {"partner-operator", "partner"}, {"helpdesk", "vendor"}}

// bareSearch is the query of the index alone: nobody asks who may find it.
var bareSearch = map[string]string{
	"sqlite":   `SELECT rowid FROM search_index WHERE search_index MATCH $1 ORDER BY rowid DESC LIMIT 500`,
	"postgres": `SELECT n FROM search_index WHERE words @@ CAST($1 AS tsquery) ORDER BY n DESC LIMIT 500`,
}

// bareWords spells a text for it: all words, the last one as a beginning.
func bareWords(engine, text string) string {
	if engine == "postgres" {
		return "'" + strings.Join(strings.Fields(text), "' & '") + "':*"
	}
	return `"` + strings.Join(strings.Fields(text), `" AND "`) + `"*`
}

// actor is one of the demo world's people at work for their own organisation.
func (w *world) actor(ctx context.Context, key, org string) (who.Actor, error) {
	cookie, err := w.signIn(ctx, key)
	if err != nil {
		return who.Actor{}, err
	}
	a, err := w.Accounts.Resolve(ctx, account.Asked{Token: strings.TrimPrefix(cookie, "lodge="), Number: w.number(org), Address: "127.0.0.1"})
	a.Zone = time.UTC
	return a, err
}

// searchRow is P9: finding among all documents, with everything that says who may see what is found, against the index alone.
func searchRow(ctx context.Context, b *bench) (all []figure, err error) {
	sizes := b.vendors()
	size := sizes[len(sizes)-1]
	for _, engine := range b.engines() {
		w, err := b.world(ctx, engine, size)
		if err != nil {
			return all, err
		}
		plain, err := bare(w.Config.Database)
		if err != nil {
			return all, err
		}
		defer plain.Close()
		index := load{1, b.longer(2 * time.Second), func(ctx context.Context, _, n int) error {
			return ids(ctx, plain, bareSearch[engine], bareWords(engine, typed[n%len(typed)]))
		}}
		loads := []load{index}
		for _, s := range seekers {
			a, err := w.actor(ctx, s.who, s.org)
			if err != nil {
				return all, err
			}
			loads = append(loads, load{1, index.last, func(ctx context.Context, _, n int) error {
				_, err := w.Search.Find(ctx, a, typed[n%len(typed)])
				return err
			}})
		}
		t, err := turns(ctx, b.more(5, 1), loads...)
		if err != nil {
			return all, err
		}
		for i, s := range seekers {
			all = append(all, figure{subject: fmt.Sprintf("%d documents, %s, %s", size.Documents, s.who, shown[engine]), ours: fmt.Sprintf("p50 %s, p95 %s", took(t[i+1].p50), took(t[i+1].p95)),
				base: fmt.Sprintf("p50 %s, p95 %s, index alone", took(t[0].p50), took(t[0].p95)), ratio: float64(t[i+1].p95) / float64(t[0].p95), goal: atMost(1.5)})
			if err := b.profiled("P9 "+engine+" "+s.who, func() error { _, err := loads[i+1].run(ctx); return err }); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

// ids reads a column of numbers to its end.
func ids(ctx context.Context, db *sql.DB, q string, args ...any) error {
	rows, err := db.QueryContext(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var id int64
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return err
		}
	}
	return rows.Err()
}
