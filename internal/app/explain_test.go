package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lodge/internal/account"
	"lodge/internal/app/apptest"
	"lodge/internal/app/large"
	"lodge/internal/platform/event"
	"lodge/internal/platform/limit"
	"lodge/internal/platform/once"
	"lodge/internal/platform/store"
)

// asked is a statement that the running portal asked, with its parameters, and by which page.
type asked struct {
	query string
	args  []any
	where string
}

// recorder keeps each statement once per set of parameters, but for their times.
type recorder struct {
	mu    sync.Mutex
	where string
	seen  map[string]bool
	all   []asked
}

func (r *recorder) probe(_ context.Context, query string, args []any) {
	key := query
	for _, a := range args {
		switch a.(type) {
		case time.Time, *time.Time:
			key += "|time"
		default:
			key += fmt.Sprintf("|%v", a)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.seen[key] {
		r.seen[key] = true
		r.all = append(r.all, asked{query, slices.Clone(args), r.where})
	}
}

func (r *recorder) at(where string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.where = where
}

// walk asks every GET page of the portal as one person: each route with numbers and ids that exist, each link from there to
// the same page with other parameters (tabs, next pages), and each value of each filter.
type walk struct {
	t      *testing.T
	p      *apptest.Portal
	record *recorder
	who    string
	ids    *strings.Replacer
	seen   map[string]bool
	pages  int
}

// deepest is how many links away from the bare address a walk goes: a filter, then the page after.
const deepest = 2

// typed is what is written into fields of filters: a word of all texts, the beginning of all names.
var typed = []string{"generated", "custom"}

func (w *walk) visit(path string, depth int) {
	if w.seen[path] {
		return
	}
	w.seen[path] = true
	w.record.at(w.who + " " + path)
	page := w.p.As(w.t, w.who).Get(w.t, path)
	if page.Status >= 500 {
		w.t.Errorf("%s: %s: %d", w.who, path, page.Status)
	}
	if page.Status != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		return
	}
	w.pages++
	if depth == deepest {
		return
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page.Body))
	if err != nil {
		w.t.Fatal(err)
	}
	here, _, _ := strings.Cut(path, "?")
	doc.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		if to, query, _ := strings.Cut(a.AttrOr("href", ""), "?"); to == here && query != "" {
			w.visit(to+"?"+query, depth+1)
		}
	})
	doc.Find(`form[method="get"]`).Each(func(_ int, form *goquery.Selection) {
		to := form.AttrOr("action", here)
		if depth > 0 && to != here {
			return
		}
		for _, filled := range fill(form) {
			w.visit(to+"?"+filled.Encode(), depth+1)
		}
	})
}

// fill gives what the form would send for each value of each of its fields, the others as they are.
func fill(form *goquery.Selection) (all []url.Values) {
	as := url.Values{}
	choices := map[string][]string{}
	form.Find("input[name], select[name]").Each(func(_ int, f *goquery.Selection) {
		name := f.AttrOr("name", "")
		switch {
		case f.Is("select"):
			var values []string
			f.Find("option").Each(func(_ int, o *goquery.Selection) { values = append(values, o.AttrOr("value", "")) })
			as.Set(name, f.Find("option[selected]").AttrOr("value", ""))
			if len(values) > 6 { // of many the first, and the last, of which there is little
				values = append(values[:3], values[len(values)-2:]...)
			}
			choices[name] = values
		case f.AttrOr("type", "") == "hidden":
			as.Set(name, f.AttrOr("value", ""))
		default:
			as.Set(name, f.AttrOr("value", ""))
			choices[name] = typed
		}
	})
	for name, values := range choices {
		for _, v := range values {
			if v == as.Get(name) {
				continue
			}
			filled := url.Values{}
			for k := range as {
				filled.Set(k, as.Get(k))
			}
			filled.Set(name, v)
			all = append(all, filled)
		}
	}
	slices.SortFunc(all, func(a, b url.Values) int { return strings.Compare(a.Encode(), b.Encode()) })
	return all
}

// walkers are people for whom a list is another statement, or has other rows: with the right to all, with hardly any part,
// with many customers, and of the vendor.
var walkers = []string{"customer-support", "support-admin", "partner-operator", "helpdesk"}

func walkAll(t *testing.T, p *apptest.Portal, r *recorder) {
	t.Helper()
	customer := p.World.Organisations["customer"].Number
	ids := []string{"{customer}", fmt.Sprint(customer), "{ticket}", p.World.Example,
		"{action}", idOf(t, p, `SELECT a.id FROM ticket_action a JOIN ticket t ON t.id = a.ticket_id WHERE t.number = $1 ORDER BY a.id LIMIT 1`, p.World.Example),
		"{file}", "gx1", "{session}", "gz1", "{contact}", "gm100004", "{token}", strings.Repeat("a", 32), "{$}", ""}
	own := map[string]int64{}
	for _, who := range p.World.People {
		own[who.Key] = p.World.Organisations[who.Organisation].Number
	}
	for _, who := range walkers {
		w := &walk{t: t, p: p, record: r, who: who, seen: map[string]bool{}, ids: strings.NewReplacer(append(ids, "{number}", fmt.Sprint(own[who]))...)}
		r.at(who + " signs in")
		p.As(t, who)
		for _, route := range p.Site.Routes {
			behind := strings.Contains(route.Pattern, "/for/")
			if route.Method == "GET" && (!behind || own[who] != customer) {
				w.visit(w.ids.Replace(route.Pattern), 0)
			}
		}
		if w.pages < 10 {
			t.Errorf("%s saw %d pages", who, w.pages)
		}
	}
}

func idOf(t *testing.T, p *apptest.Portal, q string, args ...any) (id string) {
	t.Helper()
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err, q)
	}
	return id
}

// work does what the program does by itself again and again.
func work(t *testing.T, p *apptest.Portal, r *recorder) {
	t.Helper()
	r.at("sealing")
	if _, err := event.SealNew(t.Context(), p.Store); err != nil {
		t.Error(err)
	}
	r.at("the hourly sweep")
	err := p.Store.Write(t.Context(), store.Free, func(tx *store.Tx) error {
		return errors.Join(once.Sweep(tx), limit.Sweep(tx), account.Sweep(tx))
	})
	if err := errors.Join(err, p.Identities.Sweep(t.Context()), p.Blobs.Sweep(t.Context()), p.OpenID.Sweep(t.Context())); err != nil {
		t.Error(err)
	}
}

// TestPlans: every statement that a page or a job of the portal asks in a world of 200,000 tickets is found by an index and throws
// nothing away by the thousand. What is asked is recorded from the running portal, so that no query can be forgotten.
func TestPlans_no_page_and_no_job_reads_a_large_table_through(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		began := time.Now()
		if err := large.Fill(t.Context(), p.App, p.World, large.Default); err != nil {
			t.Fatal(err)
		}
		filled := time.Since(began)
		r := &recorder{seen: map[string]bool{}}
		p.Store.Probe = r.probe
		walkAll(t, p, r)
		work(t, p, r)
		p.Store.Probe = nil
		walked := time.Since(began) - filled
		if len(r.all) < 200 {
			t.Fatalf("only %d statements", len(r.all))
		}
		bad := map[string][]string{} // by text
		for i, q := range r.all {
			for _, fault := range plans[p.Store.Engine()](t, p.Store, i, q) {
				if text := strings.Join(strings.Fields(q.query), " "); !slices.Contains(bad[text], fault) {
					bad[text] = append(bad[text], fault)
					if len(bad[text]) == 1 {
						bad[text] = append(bad[text], "as at "+q.where)
					}
				}
			}
		}
		for text, faults := range bad {
			t.Errorf("%s\n\t%s", text, strings.Join(faults, "\n\t"))
		}
		t.Logf("%d statements; filled in %v, walked in %v, all in %v", len(r.all), filled.Round(time.Millisecond), walked.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	})
}

// small are the tables that may be read through, and why.
var small = map[string]string{
	"product":   "what one vendor makes: tens",
	"meta":      "a handful of facts",
	"event_new": "what waits for its seal: the events of a second",

	"release_key":   "the keys of one vendor: a few",
	"openid_key":    "the key that signs, and those before it",
	"openid_client": "the websites of one vendor: at most a hundred",
	"product_type":  "what one vendor offers: tens",
}

// known are parts of statements of which a bad plan is known and borne with, and why.
var known = map[string]string{
	"e.person_id = $7 AND e.name LIKE $8": "the log by person and kind: what one person did in one organisation is gone through",
	"customer_line l":                     "on PostgreSQL a partner's customers by any of seven columns, or a word within a name: all lines are looked at",
	"LIMIT 500":                           "some hundred colleagues by name: with few people more than that PostgreSQL reads all people once instead of finding each",
	"scope_id = $4 AND c":                 "names of a partner's customers: all of that partner's are looked at, which may be a tenth of all",
}

// looks are parts of statements that at worst look through what is open, and why no index can help.
var looks = map[string]string{
	"ticket_scope s": "scope rows do not say what a request is like",

	"ticket_action c ON c.ticket_id": "what is planned for a side is asked of each open request of a family",
	"owner_id = ":                    "the planner thinks that open requests have owners as rarely as closed ones",
}

var reading = regexp.MustCompile(`^\s*(SELECT|WITH)\b`)
