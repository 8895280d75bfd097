// Package large fills a portal with as much as a vendor of many years has: for the plans of statements and for the bench.
package large

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lodge/internal/app"
	"lodge/internal/app/demo"
	"lodge/internal/platform/store"
)

// Size is how much there is. Of each Tickets/Own-th ticket, event and licence the world's own customer is the owner; what else its
// people and its partner have is the same in every size, so that two sizes differ only in what others have.
type Size struct {
	Tickets, Own, Customers, People, OfPartner int
	Documents                                  int // in the search index, at most one per ticket; 0: half of them
}

// Default is a portal in which a plan that reads a table through is seen: the world's own customer has a fifth of everything.
var Default = Size{Tickets: 200_000, Own: 40_000, Customers: 20_000, People: 40_000, OfPartner: 2_000}

// generator fills tables with rows by SQL. Columns that nobody names get ”, 0, FALSE or NULL, so that a new column needs
// nothing here.
type generator struct {
	Size
	ctx     context.Context
	app     *app.App
	world   demo.World
	columns map[string][]column
}

// broken is what ends a generation; Fill gives it back as its error.
type broken struct{ error }

func (g *generator) need(err error, what ...any) {
	if err != nil {
		panic(broken{fmt.Errorf("%w %s", err, fmt.Sprint(what...))})
	}
}

type column struct {
	Table, Name, Type string
	Free              bool // may be left out: it takes NULL, or has a default
}

// selectColumns are all columns of the schema, by engine.
var selectColumns = map[string]string{
	"sqlite": `
		SELECT m.name, c.name, upper(c.type), c."notnull" = 0 AND c.pk = 0 OR c.dflt_value IS NOT NULL
		FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`,
	"postgres": `
		SELECT table_name, column_name, upper(data_type), is_nullable = 'YES' OR column_default IS NOT NULL FROM information_schema.columns WHERE table_schema = 'public'`,
}

// numbers is the beginning of a statement that makes $1 rows with n.i = 1, 2, …
const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)`

// when spells the instant that lies so many seconds after 1970.
func (g *generator) when(seconds string) string {
	if g.app.Store.Engine() == "postgres" {
		return "to_timestamp(" + seconds + ")"
	}
	return "strftime('%Y-%m-%dT%H:%M:%S.000000Z', " + seconds + ", 'unixepoch')"
}

// ago is an instant, evenly from so many days ago until now: 'of' is how many rows there are.
func (g *generator) ago(days, of int) string {
	return g.when(fmt.Sprintf("%d + i * CAST(%d AS BIGINT) / %d", time.Now().Unix()-int64(days)*86400, days*86400-60, of))
}

// rows adds n rows to the table. values are SQL expressions over i.
func (g *generator) rows(table string, n int, values map[string]string) {
	g.from(table, fmt.Sprintf(numbers, n), "n", values)
}

// from adds a row for each row of a table, or of a join.
func (g *generator) from(table, with, source string, values map[string]string) {
	var names, exprs []string
	for _, c := range g.columns[table] {
		v, given := values[c.Name]
		switch {
		case given:
		case c.Free:
			continue
		case c.Type == "TEXT":
			v = "''"
		case c.Type == "BOOLEAN":
			v = "FALSE"
		case strings.HasPrefix(c.Type, "TIMESTAMP"):
			v = g.when("1767225600")
		default:
			v = "0"
		}
		names, exprs = append(names, c.Name), append(exprs, v)
	}
	for name := range values {
		if !slices.Contains(names, name) {
			g.need(fmt.Errorf("%s has no column %s", table, name))
		}
	}
	again := g.without(table)
	defer again()
	g.exec(with + " INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") SELECT " + strings.Join(exprs, ", ") + " FROM " + source)
}

// without takes the table's indexes away, and gives what puts them back: made at once they cost a third.
func (g *generator) without(table string) (again func()) {
	q := `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = $1 AND sql LIKE 'CREATE INDEX%'`
	if g.app.Store.Engine() == "postgres" {
		q = `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE 'CREATE INDEX%'`
	}
	var all []struct{ Name, SQL string }
	err := g.app.Store.Read(g.ctx, func(tx *store.Tx) (err error) {
		all, err = store.Query[struct{ Name, SQL string }](tx, q, table)
		return err
	})
	g.need(err)
	for _, index := range all {
		g.exec("DROP INDEX " + index.Name)
	}
	return func() {
		for _, index := range all {
			g.exec(index.SQL)
		}
	}
}

func (g *generator) exec(q string, args ...any) {
	ctx, cancel := context.WithTimeout(g.ctx, 10*time.Minute)
	defer cancel()
	// Free: nobody else is at work.
	err := g.app.Store.Write(ctx, store.Free, func(tx *store.Tx) error {
		if g.app.Store.Engine() == "postgres" { // no trigger looks at each row for its parent, and nobody waits
			if _, err := tx.Exec("SET LOCAL session_replication_role = replica"); err != nil {
				return err
			}
			if _, err := tx.Exec("SET LOCAL statement_timeout = 0"); err != nil {
				return err
			}
		}
		_, err := tx.Exec(q, args...)
		return err
	})
	g.need(err, q)
}

func (g *generator) id(q string, args ...any) (id string) {
	err := g.app.Store.Read(g.ctx, func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, q, args...)
		return err
	})
	g.need(err, q)
	return id
}

func (g *generator) org(key string) string {
	return "'" + g.id(`SELECT id FROM organisation WHERE number = $1`, g.world.Organisations[key].Number) + "'"
}

func (g *generator) person(key string) string {
	for _, who := range g.world.People {
		if who.Key == key {
			return "'" + g.id(`SELECT id FROM person WHERE email = $1`, who.Email) + "'"
		}
	}
	g.need(fmt.Errorf("nobody is called %s", key))
	return ""
}

// Fill makes a portal with the demo world large, by SQL past its use cases, and lets the database know.
func Fill(ctx context.Context, a *app.App, world demo.World, size Size) (err error) {
	defer func() {
		if b, is := recover().(broken); is {
			err = b.error
		}
	}()
	g := &generator{Size: size, ctx: ctx, app: a, world: world, columns: map[string][]column{}}
	g.need(a.Store.Read(ctx, func(tx *store.Tx) error {
		all, err := store.Query[column](tx, selectColumns[a.Store.Engine()])
		for _, c := range all {
			g.columns[c.Table] = append(g.columns[c.Table], c)
		}
		return err
	}))
	if a.Store.Engine() == "sqlite" {
		g.exec("PRAGMA cache_size = -300000")
	}
	g.organisations()
	g.people()
	g.possessions()
	g.tickets()
	g.index()
	g.log()
	g.bookkeeping()
	var tables []string
	for table := range g.columns {
		if !strings.HasPrefix(table, "river") && !strings.HasPrefix(table, "goose") && !strings.HasPrefix(table, "sqlite") {
			tables = append(tables, table)
		}
	}
	return a.Store.Grown(ctx, tables...)
}

// ours is the world's customer for its share of i, its site for some, and one of the many customers otherwise.
func (g *generator) ours() string {
	return fmt.Sprintf("CASE WHEN i %% %d = 0 THEN %s WHEN i %% %d = 1 THEN %s ELSE 'go' || (100000 + i %% %d) END", g.Tickets/g.Own, g.org("customer"), 20*g.Tickets/g.Own+1,
		g.org("customer-site"), g.Customers)
}

// somebody is one of the many people; of the world's own some here and there, who have a part in very little.
func (g *generator) somebody() string {
	rare := max(g.Tickets/200, 20)
	return fmt.Sprintf("CASE WHEN i %% %[1]d = 5 THEN %[3]s WHEN i %% %[1]d = 10 THEN %[4]s WHEN i %% %[1]d = 15 THEN %[5]s WHEN i %% %[2]d = 0 THEN %[6]s ELSE 'gp' || (100000 + i %% %[7]d) END",
		rare, 4*rare+1, g.person("customer-support"), g.person("support-advanced"), g.person("two-numbers"), g.person("partner-operator"), g.People)
}

func (g *generator) organisations() {
	g.rows("organisation", g.Customers, map[string]string{"id": "'go' || (100000 + i - 1)", "root_id": "'go' || (100000 + i - 1)", "number": "700000 + i", "kind": "CASE WHEN i % 40 = 0 THEN 'partner' ELSE 'customer' END",
		"name": "'Customer ' || i", "name_key": "'customer ' || i", "reference": "'CRM/' || i", "city": "'City ' || (i % 300)", "country": "'PL'", "zone": "'Europe/Warsaw'", "status": "CASE WHEN i % 50 = 1 THEN 'disabled' ELSE 'active' END", "version": "1"})
	g.from("customer_line", "", "organisation o WHERE o.id LIKE 'go%' AND o.kind = 'customer'", map[string]string{"id": "o.id", "number": "o.number", "name": "o.name", "name_key": "o.name_key",
		"created_on": "'20' || (10 + o.number % 15) || '-03-04'", "status": "o.status", "reference": "o.reference", "reference_key": "lower(o.reference)", "progress": "'9-complete'"})
	partner := g.org("partner")
	for _, c := range []struct {
		partner string
		n       int
	}{{partner, g.OfPartner}, {g.org("other-partner"), 20}} {
		far := g.when("4102444800")
		id := "'gs' || substr(" + c.partner + ", 20) || i"
		g.rows("partnership", c.n, map[string]string{"id": id, "partner_id": c.partner, "customer_id": "'go' || (100000 + i)", "given_by": "'customer'", "from_on": "'2025-01-01'",
			"from_at": g.when("1735689600"), "until_at": "CASE WHEN i % 10 = 1 THEN " + g.when("1740000000") + " ELSE NULL END", "version": "1"})
		for _, role := range []string{"partner-operator", "support-advanced"} {
			g.rows("partnership_role", c.n, map[string]string{"partnership_id": id, "role": "'" + role + "'"})
		}
		g.rows("scope", c.n, map[string]string{"scope_id": c.partner, "org_id": "'go' || (100000 + i)", "partnership_id": id, "from_at": g.when("1735689600"),
			"until_at": "CASE WHEN i % 10 = 1 THEN " + g.when("1740000000") + " ELSE " + far + " END"})
	}
}

func (g *generator) people() {
	g.rows("person", g.People, map[string]string{"id": "'gp' || (100000 + i - 1)", "email": "'somebody' || i || '@many.example'", "first_name": "'First' || i", "last_name": "'Last' || i",
		"state": "'active'", "version": "1", "created_at": g.ago(700, g.People)})
	g.rows("membership", g.People, map[string]string{"id": "'gm' || (100000 + i - 1)", "person_id": "'gp' || (100000 + i - 1)", "org_id": fmt.Sprintf("CASE WHEN i %% %d = 0 THEN %s ELSE 'go' || (100000 + i %% %d) END", g.People/250+1, g.org("customer"), g.Customers), "is_primary": "TRUE", "version": "1",
		"first_name": "'First'", "last_name": "'Last'", "state": "CASE WHEN i % 20 = 0 THEN 'invited' WHEN i % 20 = 1 THEN 'withdrawn' WHEN i % 20 = 2 THEN 'imported' ELSE 'active' END", "created_at": g.ago(700, g.People)})
	for role, each := range map[string]int{"security-administrator": 2, "support-advanced": 3, "support-restricted": 4, "licence-supervisor": 7} {
		g.from("membership_role", "", fmt.Sprintf("(SELECT id, CAST(substr(id, 3) AS BIGINT) AS i FROM membership WHERE id LIKE 'gm%%') n WHERE i %% %d <> 1", each),
			map[string]string{"membership_id": "id", "role": "'" + role + "'"})
	}
	g.rows("invitation", g.People/20, map[string]string{"id": "'gi' || i", "membership_id": "'gm' || (100000 + i * 20 - 1)", "token_hash": "'h' || i", "email": "'somebody' || i || '@many.example'",
		"created_at": g.ago(60, g.People/20), "expires_at": g.ago(30, g.People/20), "mail_id": "'gl' || i"})
	g.rows("linked_identity", g.People, map[string]string{"source": "'old'", "source_id": "'s' || i", "person_id": "'gp' || (100000 + i - 1)"})
	g.rows("credential", g.People, map[string]string{"id": "'gc' || i", "person_id": "'gp' || (100000 + i - 1)", "kind": "'password'"})
	g.rows("session", 30_000, map[string]string{"id": "'gz' || i", "token_hash": "'h' || i", "person_id": g.somebody(), "created_at": g.ago(60, 30_000), "seen_at": g.ago(60, 30_000), "idle_until": g.ago(59, 30_000),
		"absolute_until": g.when(fmt.Sprint(time.Now().Unix(), " + 80000 + i")), "revoked_at": "CASE WHEN i % 3 = 0 THEN " + g.ago(59, 30_000) + " ELSE NULL END", "idle_minutes": "720"})
	g.rows("proof", 20_000, map[string]string{"id": "'gf' || i", "token_hash": "'h' || i", "purpose": "'reset'", "email": "'somebody' || i || '@many.example'",
		"created_at": g.ago(30, 20_000), "expires_at": g.when(fmt.Sprint(time.Now().Unix(), " + i")), "used_at": "CASE WHEN i % 2 = 0 THEN " + g.ago(30, 20_000) + " ELSE NULL END"})
}
