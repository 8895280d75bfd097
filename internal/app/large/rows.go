package large

import (
	"cmp"
	"fmt"
	"time"
)

// fence stands before the words of a scope in the search index, as the store writes them.
const fence = "\ue000"

func (g *generator) possessions() {
	g.rows("product", 60, map[string]string{"id": "'gr' || i", "code": "'GEN-' || i", "code_key": "'gen-' || i", "slug": "'gen-' || i", "name": "'Generated ' || i", "status": "'active'", "version": "1"})
	g.rows("product_of_org", 3*g.Customers, map[string]string{"org_id": fmt.Sprintf("'go' || (100000 + i / 3 %% %d)", g.Customers), "product_id": "'gr' || (1 + i % 59)", "source": "'licence'"})
	g.rows("support_contract", g.Customers, map[string]string{"id": "'gk' || i", "number": "'C-' || i", "org_id": "'go' || (100000 + i - 1)", "level": "'standard'", "starts_on": "'2024-01-01'",
		"ends_on": "CASE WHEN i % 3 = 0 THEN '2025-01-01' ELSE '2199-01-01' END", "status": "'active'", "version": "1"})
	g.rows("entitlement", g.Customers, map[string]string{"id": "'ge' || i", "contract_id": "'gk' || i", "org_id": "'go' || (100000 + i - 1)", "product_id": "'gr' || (1 + i % 59)"})
	g.rows("licence", g.Tickets/10, map[string]string{"id": "'gl' || i", "number": "'GEN-' || (100000 + i)", "org_id": g.ours(), "product_id": "'gr' || (1 + i % 59)", "quantity": "1", "term": "'perpetual'",
		"issued_on": "'2020-01-01'", "status": "'active'", "version": "1"})
	g.rows("blob", g.Tickets/10, map[string]string{"id": "'gb' || i", "state": "'ready'", "org_id": g.ours(), "size": "1000", "created_at": g.ago(700, g.Tickets/10)})
}

// tickets: of eight one is open; of the open ones few have an owner, a plan, or anything else that can be filtered by.
func (g *generator) tickets() {
	staff, n := g.person("helpdesk"), g.Tickets
	g.rows("ticket", n, map[string]string{"id": "'gt' || (10000000 + i)", "number": "'GT-' || (10000000 + i)", "kind": "CASE WHEN i % 20 = 3 THEN 'task' ELSE 'request' END", "org_id": g.ours(),
		"vendor_only": "i % 50 = 0", "request_kind": "'defect'", "product_id": "CASE WHEN i % 5000 = 0 THEN 'gr60' ELSE 'gr' || (1 + i % 50) END", "title": "'Generated ' || i",
		"severity": "CASE WHEN i % 640 = 0 THEN 1 ELSE 2 + i % 3 END",
		"state":    "CASE WHEN i % 8 <> 0 THEN CASE WHEN i % 400 = 1 THEN 'cancelled' WHEN i % 4000 = 2 THEN 'draft' ELSE 'closed' END WHEN i % 4000 = 0 THEN 'solution-proposed' WHEN i % 3200 = 8 THEN 'reopened' WHEN i % 16 = 0 THEN 'new' ELSE 'vendor-analysis' END",
		"turn":     "CASE WHEN i % 8 <> 0 THEN '' WHEN i % 1000 = 0 THEN 'customer' WHEN i % 1600 = 80 THEN 'partner' ELSE 'vendor' END", "is_open": "i % 8 = 0",
		"author_id": g.somebody(), "author_name": "'Somebody'", "requester_id": g.somebody(), "requester_name": "'Somebody'",
		"owner_id": "CASE WHEN i % 2400 = 80 THEN " + staff + " WHEN i % 8 = 0 AND i % 400 <> 0 THEN 'gp' || (100000 + i % 25) ELSE '' END", "next_on": fmt.Sprintf("CASE WHEN i %% 16 <> 0 OR i / 4 > %d THEN '' WHEN i %% 400 = 0 THEN '2025-02-03' ELSE '2199-01-01' END", n/5),
		"last_entry": "1", "created_at": g.ago(700, n), "updated_at": g.ago(690, n), "version": "1"})
	g.from("ticket_scope", "", "ticket t JOIN scope s ON s.org_id = t.org_id WHERE t.id LIKE 'gt%' AND NOT t.vendor_only AND t.state <> 'draft'",
		map[string]string{"scope_id": "s.scope_id", "ticket_id": "t.id", "org_id": "t.org_id", "updated_at": "t.updated_at", "is_open": "t.is_open", "turn": "t.turn"})
	g.rows("ticket_entry", n, map[string]string{"ticket_id": "'gt' || (10000000 + i)", "seq": "1", "kind": "'message'", "visibility": "'public'", "side": "'customer'", "text": "'Text'", "html": "'<p>Text</p>'", "at": g.ago(700, n)})
	g.rows("ticket_participant", n, map[string]string{"ticket_id": "'gt' || (10000000 + i)", "person_id": g.somebody(), "side": "'customer'", "org_id": g.ours()})
	g.rows("ticket_action", n/5, map[string]string{"id": "'ga' || i", "ticket_id": "'gt' || (10000000 + i * 4)", "title": "'Do'", "side": "CASE WHEN i % 3 = 0 THEN 'vendor' ELSE 'customer' END", "planned_on": "CASE WHEN i % 100 = 0 THEN '2025-02-03' ELSE '2199-01-01' END",
		"state": "CASE WHEN i % 4 = 0 THEN 'planned' ELSE 'done' END", "version": "1"})
	g.rows("ticket_alias", n/10, map[string]string{"alias_key": "'old' || i", "ticket_id": "'gt' || (10000000 + i)", "alias": "'OLD-' || i"})
	g.rows("ticket_file", n/10, map[string]string{"id": "'gx' || i", "ticket_id": "'gt' || (10000000 + i)", "seq": "1", "visibility": "'public'", "blob_id": "'gb' || i", "name": "'a.log'", "scan": "'not-scanned'"})
}

// index makes a document for each of so many tickets: "generated" stands in all of them, "word17" in each thousandth, "rare" in a few.
func (g *generator) index() {
	n := cmp.Or(g.Documents, g.Tickets/2)
	id := func(prefix, expr string) string { return "'" + fence + prefix + "x' || " + expr }
	words := fmt.Sprintf("'generated', 'word' || (i / %d %% 1000), ", g.Tickets/g.Own) + "CASE WHEN i % 20000 = 0 THEN 'rare' ELSE 'usual' END"
	scope := id("own", "("+g.somebody()+")") + ", CASE WHEN i % 4000 = 2 THEN '" + fence + "draft' ELSE " + id("org", "("+g.ours()+")") + " END"
	own := map[string]string{"postgres": " OVERRIDING SYSTEM VALUE"}[g.app.Store.Engine()]
	g.exec(fmt.Sprintf(numbers, n) + " INSERT INTO search_doc (n, doc_id)" + own + " SELECT 1000000 + i, 'ticket:gt' || (10000000 + i) || ':public' FROM n")
	if g.app.Store.Engine() == "postgres" {
		g.rows("search_index", n, map[string]string{"n": "1000000 + i", "words": "array_to_tsvector(ARRAY[" + scope + ", " + words + "])"})
		return
	}
	g.exec(fmt.Sprintf(numbers, n) + " INSERT INTO search_index (rowid, words) SELECT 1000000 + i, concat_ws(' ', " + scope + ", " + words + ") FROM n")
}

// log: everybody at the helpdesk has done much, for many customers.
func (g *generator) log() {
	n := g.Tickets
	person := fmt.Sprintf("CASE WHEN i %% 4 = 0 THEN %s WHEN i %% %d = 5 THEN %s ELSE 'gp' || (100000 + i %% %d) END", g.person("helpdesk"), max(n/500, 8), g.person("customer-support"), g.People)
	g.rows("event", n, map[string]string{"at": g.ago(700, n), "id": "'gv' || (10000000 + i)", "org_id": g.ours(), "person_id": person, "member_id": g.ours(), "source": "'own'",
		"name": "'ticket.answered'", "subject": "'ticket:gt' || (10000000 + i)", "body": "'{}'"})
	g.rows("event_seq", n/10, map[string]string{"seq": "1000000 + i", "at": g.ago(700, n), "id": "'gv' || (10000000 + i)", "leaf": "'x'"})
}

// bookkeeping is what the program keeps for itself, of which little is ever over.
func (g *generator) bookkeeping() {
	const n = 20_000
	fresh := g.when(fmt.Sprint(time.Now().Unix(), " - i % 600"))
	g.rows("mail", 3*n, map[string]string{"id": "'gl' || i", "org_id": g.ours(), "person_id": g.somebody(), "to_address": "'a@many.example'", "kind": "'x'", "state": "CASE WHEN i % 1000 = 0 THEN 'failed' ELSE 'sent' END", "created_at": g.ago(700, 3*n)})
	g.rows("once_key", n, map[string]string{"person_id": g.somebody(), "key": "'k' || i", "at": fresh})
	g.rows("limit_try", n, map[string]string{"subject": "'s' || i", "until": fresh, "last_at": fresh})
	g.rows("job_done", n, map[string]string{"job_id": "1000000 + i", "at": fresh})
	g.rows("access_mark", n, map[string]string{"session_id": "'gz' || i", "org_id": "'x'", "at": fresh})
	g.rows("import_row", n, map[string]string{"row_key": "'r' || i", "source": "'old'", "file": "'people.csv'", "source_id": "'s' || i", "seq": "i", "target": "'gp' || (100000 + i)", "taken_at": fresh})
}
