package app_test

import (
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
	"lodge/internal/platform/web"
)

// strangers have no relation to the world's customer; each has an organisation of his own.
var strangers = map[string]string{"other-customer-admin": "other-customer", "other-partner": "other-partner"}

// realIDs are what the customer has, by the word in a route's pattern. It makes what the world lacks.
func realIDs(t *testing.T, p *apptest.Portal) map[string][]string {
	t.Helper()
	customer := p.World.Organisations["customer"].Number
	invited := p.As(t, "customer-admin").Get(t, fmt.Sprintf("/o/%d/contacts/new", customer)).Hidden()
	for name, value := range map[string]string{"first_name": "Jan", "last_name": "Nowy", "email": "jan.nowy@kowalski-maszyny.example", "role": "support-restricted"} {
		invited.Set(name, value)
	}
	draft := url.Values{"title": {"A draft"}, "description": {"Half a question"}, "kind": {"question"}, "product": {p.World.Products["main"]}, "severity": {"3"}, "draft": {"1"}}
	for who, form := range map[string]url.Values{"customer-admin": invited, "customer-support": draft} {
		to := map[string]string{"customer-admin": "contacts/new", "customer-support": "requests/new"}[who]
		if page := p.As(t, who).Post(t, fmt.Sprintf("/o/%d/%s", customer, to), form); page.Status != 303 {
			t.Fatalf("%s: %d", to, page.Status)
		}
	}
	file := send(t, p, fmt.Sprintf("/o/%d/requests/%s/replies", customer, p.World.Example))
	ids := map[string][]string{}
	err := p.Store.Read(t.Context(), func(tx *store.Tx) error {
		org, err := store.One[string](tx, `SELECT id FROM organisation WHERE number = $1`, customer)
		if err != nil {
			return err
		}
		for word, q := range map[string]string{
			"ticket":  `SELECT number FROM ticket WHERE org_id = $1 ORDER BY CASE WHEN number = '` + p.World.Example + `' THEN 0 WHEN state = 'draft' THEN 1 ELSE 2 END, number`,
			"action":  `SELECT a.id FROM ticket_action a JOIN ticket t ON t.id = a.ticket_id WHERE t.org_id = $1 AND t.number = '` + p.World.Example + `' ORDER BY a.id`,
			"contact": `SELECT id FROM membership WHERE org_id = $1 ORDER BY id`,
			"session": `SELECT s.id FROM session s JOIN membership m ON m.person_id = s.person_id WHERE m.org_id = $1 ORDER BY s.id`,
			"account": `SELECT CAST(number AS TEXT) FROM organisation WHERE id = $1`,
			"key":     `SELECT id FROM api_token WHERE org_id = $1 ORDER BY id`,
		} {
			if ids[word], err = store.Query[string](tx, q, org); err != nil {
				return fmt.Errorf("%s: %w", word, err)
			}
		}
		for word, q := range map[string]string{
			"release": `SELECT id FROM release ORDER BY id`, "product": `SELECT id FROM product ORDER BY id`,
			"file": `SELECT id FROM release_file ORDER BY id`,
		} {
			if ids[word], err = store.Query[string](tx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for word, all := range ids {
		if len(all) == 0 {
			t.Errorf("the world has no %s", word)
		}
	}
	ids["file"] = append([]string{file}, ids["file"]...)
	return ids
}

// send answers a request with a file, and gives the file's id.
func send(t *testing.T, p *apptest.Portal, address string) (id string) {
	t.Helper()
	const body = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nThe log is attached.\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"daemon.log\"\r\nContent-Type: text/plain\r\n\r\nheartbeat lost\r\n--b--\r\n"
	page := p.As(t, "customer-support").Do(t, "POST", address, strings.NewReader(body), map[string][]string{"Content-Type": {"multipart/form-data; boundary=b"}})
	if page.Status != 303 {
		t.Fatalf("a reply with a file: %d", page.Status)
	}
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, `SELECT id FROM ticket_file WHERE name = 'daemon.log'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// anyForm would do at every door, if only the sender might: a refusal must not come from an empty field.
func anyForm() url.Values {
	form := url.Values{}
	for name, value := range map[string]string{"text": "Foreign words", "note": "Foreign words", "title": "Foreign words", "description": "Foreign words",
		"reason": "Foreign words", "date": time.Now().AddDate(0, 0, 3).Format(time.DateOnly), "side": "vendor", "state": "waiting", "then": "working", "to": "working",
		"severity": "2", "decision": "accept", "vendor_only": "1", "result": "Foreign words", "version": "1", "kind": "question", "first_name": "Eve", "last_name": "Foreign",
		"email": "eve@elsewhere.example", "role": "support-restricted", "name": "Foreign words"} {
		form.Set(name, value)
	}
	return form
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// at gives the address of a route with numbers and ids filled in; each word takes its i-th id, or the last.
func at(pattern string, number, customer int64, ids map[string][]string, i int) (path string, known bool) {
	known = true
	path = placeholder.ReplaceAllStringFunc(pattern, func(m string) string {
		switch word := strings.Trim(m, "{}"); word {
		case "number":
			return fmt.Sprint(number)
		case "customer":
			return fmt.Sprint(customer)
		default:
			all := ids[word]
			if len(all) == 0 {
				known = false
				return m
			}
			return all[min(i, len(all)-1)]
		}
	})
	return path, known
}

// contents are the rows of all tables that people's acts write, as texts. What a portal does by itself, and what is known of
// sign-ins, is left out.
func contents(t *testing.T, p *apptest.Portal) map[string][]string {
	t.Helper()
	driver, source, list := "pgx", p.Config.Database, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
	if path, lite := strings.CutPrefix(source, "sqlite:"); lite {
		driver, source, list = "sqlite", "file:"+path, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%'`
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	own := regexp.MustCompile(`^(river|seal$|event_new|event_seq|limit_try|session|job_done|mail$|meta)`)
	all := map[string][]string{}
	for _, table := range textsOf(t, db, list) {
		if !own.MatchString(table) {
			all[table] = textsOf(t, db, `SELECT * FROM "`+table+`"`)
		}
	}
	return all
}

// textsOf gives each row of a query as one text, in order.
func textsOf(t *testing.T, db *sql.DB, q string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		all = append(all, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestAttack_ACC_08: whoever has nothing to do with the customer, and knows every number and id of his, learns and changes
// nothing at any address.
func TestAttack_ACC_08_with_real_ids_strangers_get_what_made_up_ids_give_at_every_address(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		ids := realIDs(t, p)
		customer := p.World.Organisations["customer"].Number
		for key := range strangers {
			p.As(t, key)
		}
		before := contents(t, p)
		for key, org := range strangers {
			s := stranger{t, p, p.As(t, key), key, p.World.Organisations[org].Number, customer, ids}
			for _, r := range p.Site.Routes {
				s.tries(r)
			}
		}
		after := contents(t, p)
		for _, table := range slices.Sorted(maps.Keys(after)) {
			if !slices.Equal(before[table], after[table]) {
				t.Errorf("strangers have changed %s:\n%s", table, diff(strings.Join(before[table], "\n"), strings.Join(after[table], "\n")))
			}
		}
		rightful(t, p, ids)
	})
}

type stranger struct {
	*testing.T
	p             *apptest.Portal
	c             *apptest.Client
	key           string
	own, customer int64
	ids           map[string][]string
}

func (s stranger) ask(method, path string) apptest.Page {
	s.Helper()
	if method == "POST" {
		return s.c.Post(s.T, path, anyForm())
	}
	return s.c.Do(s.T, method, path, nil, nil)
}

// tries asks a route at the customer's number, behind /for/, and with the customer's ids at the own number.
func (s stranger) tries(r web.Route) {
	s.Helper()
	numbered, words := strings.Contains(r.Pattern, "{number}"), len(placeholder.FindAllString(r.Pattern, -1))
	if r.Kind == "mount" || strings.Contains(r.Pattern, "{token}") { // tokens belong to nobody's organisation
		return
	}
	places := [][2]int64{{s.customer, 0}}
	if strings.Contains(r.Pattern, "{customer}") {
		places = [][2]int64{{s.own, s.customer}, {s.customer, s.own}, {s.customer, s.customer}}
		words--
	}
	for i := range 3 {
		for _, place := range places {
			path, known := at(r.Pattern, place[0], place[1], s.ids, i)
			if !numbered || !known && i > 0 {
				continue
			}
			if page := s.ask(r.Method, path); page.Status != 404 {
				s.Errorf("%s: %s %s: %d", s.key, r.Method, path, page.Status)
			}
		}
		// Releases and products are the vendor's, shown by other rules than whose they are.
		shared := strings.Contains(r.Pattern, "/downloads/") || strings.Contains(r.Pattern, "/releases/") || strings.Contains(r.Pattern, "/catalogue/")
		if words == 0 || numbered && words == 1 || shared || strings.Contains(r.Pattern, "{customer}") {
			continue
		}
		real, known := at(r.Pattern, s.own, 0, s.ids, i)
		if !known {
			continue
		}
		invented, _ := at(r.Pattern, s.own, 0, inventedIDs, 0)
		a, b := s.ask(r.Method, real), s.ask(r.Method, invented)
		if a.Status != b.Status || a.Status < 400 || a.Same(real) != b.Same(invented) {
			s.Errorf("%s: %s %s: %d, made up %d:\n%s", s.key, r.Method, real, a.Status, b.Status, diff(b.Same(invented), a.Same(real)))
		}
	}
}

var inventedIDs = map[string][]string{"ticket": {"SR-0000-0007"}, "action": {"0190000000007000800000000000ffff"}, "file": {"0190000000007000800000000000ffff"},
	"contact": {"0190000000007000800000000000ffff"}, "session": {"0190000000007000800000000000ffff"}, "key": {"0190000000007000800000000000ffff"}, "account": {"99999"}}

// rightful is the positive twin: the same ids open something for those who may.
func rightful(t *testing.T, p *apptest.Portal, ids map[string][]string) {
	t.Helper()
	customer, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["vendor"].Number
	for _, c := range []struct {
		who, pattern string
		number       int64
	}{
		{"customer-support", "/o/{number}/requests/" + p.World.Example, customer},
		{"support-advanced", "/o/{number}/requests/" + p.World.Example + "/files/{file}", customer},
		{"customer-admin", "/o/{number}/contacts", customer}, {"release-manager", "/o/{number}/releases/{release}", vendor},
		{"helpdesk", "/o/{number}/for/{customer}/requests/" + p.World.Example, vendor},
	} {
		path, _ := at(c.pattern, c.number, customer, ids, 0)
		if page := p.As(t, c.who).Get(t, path); page.Status != 200 {
			t.Errorf("%s at %s: %d", c.who, path, page.Status)
		}
	}
}
