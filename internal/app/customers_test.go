package app_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

// counter is the customers' pages of one person, with what a test does there.
type counter struct {
	t    *testing.T
	p    *apptest.Portal
	c    *apptest.Client
	base string
}

func counterOf(t *testing.T, p *apptest.Portal, key, org string) counter {
	return counter{t, p, p.As(t, key), fmt.Sprintf("/o/%d/customers", p.World.Organisations[org].Number)}
}

// first is the first step filled in.
func (k counter) first(name string, more ...string) url.Values {
	k.t.Helper()
	form := k.c.Get(k.t, k.base+"/new").Hidden()
	for field, value := range map[string]string{"name": name, "product_type": k.p.World.ProductTypes["monthly"], "country": "DE", "reference": "R-1"} {
		form.Set(field, value)
	}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// draft sends the first step and gives the address of the second.
func (k counter) draft(name string, more ...string) string {
	k.t.Helper()
	got := k.c.Post(k.t, k.base+"/new", k.first(name, more...))
	if got.Status != 303 {
		k.t.Fatalf("first step of %s: %d %s", name, got.Status, said(got.Body))
	}
	return got.Location
}

// second is the second step filled in.
func (k counter) second(at, email string, accept bool) url.Values {
	k.t.Helper()
	page := k.c.Get(k.t, at)
	form := page.Hidden()
	form.Set("seen", seenOf(page.Body))
	for field, value := range map[string]string{"first_name": "Greta", "last_name": "Brandt", "email": email} {
		form.Set(field, value)
	}
	if accept {
		form.Set("accept_charges", "1")
	}
	return form
}

var seen = regexp.MustCompile(`name="seen" value="(\d+)"`)

func seenOf(body string) string {
	if m := seen.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

var alert = regexp.MustCompile(`(?s)role="alert".*?</div></div>`)

// said is the notice above a refused form, for a failing test.
func said(body string) string { return alert.FindString(body) }

// asked counts rows.
func count(t *testing.T, p *apptest.Portal, q string, args ...any) (n int) {
	t.Helper()
	err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One[int](tx, q, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// made counts everything of which a customer of this name is made, and would be left of one half made.
func made(t *testing.T, p *apptest.Portal, name string) (all []int) {
	for _, q := range []string{
		`SELECT count(*) FROM organisation WHERE name = $1`,
		`SELECT count(*) FROM customer c JOIN organisation o ON o.id = c.org_id WHERE o.name = $1`,
		`SELECT count(*) FROM partnership x JOIN organisation o ON o.id = x.customer_id WHERE o.name = $1`,
		`SELECT count(*) FROM subscription s JOIN organisation o ON o.id = s.org_id WHERE o.name = $1`,
		`SELECT count(*) FROM membership m JOIN organisation o ON o.id = m.org_id WHERE o.name = $1`,
		`SELECT count(*) FROM invitation i JOIN membership m ON m.id = i.membership_id JOIN organisation o ON o.id = m.org_id WHERE o.name = $1`,
		`SELECT count(*) FROM customer_line WHERE name = $1 AND status <> 'draft'`,
	} {
		all = append(all, count(t, p, q, name))
	}
	return all
}

func TestAC_64_AC_65_a_partner_makes_a_customer_in_two_steps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		tom := counterOf(t, p, "partner-operator", "partner")
		at := tom.draft("Brandt Werkzeuge")
		if n := made(t, p, "Brandt Werkzeuge"); fmt.Sprint(n) != "[0 0 0 0 0 0 0]" {
			t.Errorf("the first step has made %v", n)
		}
		body := tom.c.Get(t, at).Body
		for _, want := range []string{"€40.00", "First invoice on", "one month in advance", "This step creates the customer"} {
			if !strings.Contains(body, want) {
				t.Errorf("the second step does not say %q", want)
			}
		}
		got := tom.c.Post(t, at, tom.second(at, "greta@brandt.example", false))
		if got.Status != 422 || !strings.Contains(got.Body, "costs €40.00 a month") || !strings.Contains(got.Body, `value="Greta"`) {
			t.Errorf("API_07: without accepted charges: %d %s", got.Status, said(got.Body))
		}
		if n := made(t, p, "Brandt Werkzeuge"); fmt.Sprint(n) != "[0 0 0 0 0 0 0]" {
			t.Errorf("a refusal has made %v", n)
		}
		form := tom.second(at, "greta@brandt.example", true)
		got = tom.c.Post(t, at, form)
		if got.Status != 303 || got.Location != tom.base {
			t.Fatalf("create: %d %s", got.Status, said(got.Body))
		}
		if again := tom.c.Post(t, at, form); again.Status != 303 {
			t.Errorf("sent twice: %d", again.Status)
		}
		if n := made(t, p, "Brandt Werkzeuge"); fmt.Sprint(n) != "[1 1 1 1 1 1 1]" {
			t.Errorf("made: %v", n)
		}
		list := tom.c.Get(t, tom.base)
		if !strings.Contains(list.Body, "The invitation to greta@brandt.example is on its way") || !strings.Contains(list.Body, "Brandt Werkzeuge") {
			t.Errorf("the list does not show it: %d", list.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM customer_draft WHERE name = 'Brandt Werkzeuge'`); n != 0 {
			t.Error("the draft is still there")
		}
		_, link := p.Mail(t, "greta@brandt.example", "Brandt Werkzeuge")
		greta := p.Nobody(t)
		open := greta.Get(t, greta.Get(t, strings.TrimPrefix(link, p.URL)).Location)
		join := open.Hidden()
		for field, value := range map[string]string{"first_name": "Greta", "last_name": "Brandt", "password": "quite a long password 7"} {
			join.Set(field, value)
		}
		in := greta.Post(t, "/invitation/open", join)
		if in.Status != 303 {
			t.Fatalf("accept: %d %s", in.Status, said(in.Body))
		}
		number := count(t, p, `SELECT number FROM organisation WHERE name = 'Brandt Werkzeuge'`)
		if home := greta.Get(t, fmt.Sprintf("/o/%d/", number)); home.Status != 200 || !strings.Contains(home.Body, "Security administrator") || !strings.Contains(home.Body, "Licence supervisor") {
			t.Errorf("her home page: %d", home.Status)
		}
		if page := tom.c.Get(t, fmt.Sprintf("/o/%d/for/%d/", p.World.Organisations["partner"].Number, number)); page.Status != 200 {
			t.Errorf("the partner at its customer: %d", page.Status)
		}
		if n := count(t, p, `SELECT count(*) FROM organisation WHERE name = 'Brandt Werkzeuge' AND zone = 'Europe/Berlin' AND format = 'de-DE' AND language = 'en'`); n != 1 {
			t.Error("AC_66: zone and formats are not those of the country")
		}
		for _, stranger := range []string{"other-partner", "customer-admin"} {
			org := map[string]string{"other-partner": "other-partner", "customer-admin": "customer"}[stranger]
			k := counterOf(t, p, stranger, org)
			if page := k.c.Get(t, k.base); page.Status == 200 && strings.Contains(page.Body, "Brandt") {
				t.Errorf("%s sees it", stranger)
			}
			if page := k.c.Get(t, fmt.Sprintf("%s/%d", k.base, number)); page.Status == 200 {
				t.Errorf("%s opens it", stranger)
			}
		}
	})
}

// TestAttack_PROV_01: many people make the same customer at once, each writing its name in his own way.
func TestAttack_PROV_01_of_thirty_at_once_one_makes_the_customer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		tom := counterOf(t, p, "partner-operator", "partner")
		names := []string{"Café Zürich GmbH", "CAFÉ ZÜRICH GMBH", "Cafe\u0301 Zu\u0308rich  GmbH", "  café   zürich gmbh ", "Café Zürich Ｇｍｂｈ"}
		const callers = 30
		at, forms := make([]string, callers), make([]url.Values, callers)
		for i := range callers {
			at[i] = tom.draft(names[i%len(names)])
			forms[i] = tom.second(at[i], fmt.Sprintf("person%d@cafe.example", i), true)
		}
		answers := make([]int, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() { answers[i] = tom.c.Post(t, at[i], forms[i]).Status })
		}
		wg.Wait()
		got := map[int]int{}
		for _, status := range answers {
			got[status]++
		}
		if got[303] != 1 || got[409] != callers-1 {
			t.Errorf("answers: %v", got)
		}
		if n := count(t, p, `SELECT count(*) FROM customer WHERE name_key = 'café zürich gmbh'`); n != 1 {
			t.Errorf("%d customers", n)
		}
		if n := count(t, p, `SELECT count(*) FROM invitation WHERE email LIKE 'person%@cafe.example'`); n != 1 {
			t.Errorf("%d invitations", n)
		}
		if n := count(t, p, `SELECT count(*) FROM person WHERE email LIKE 'person%@cafe.example'`); n != 1 {
			t.Errorf("%d people", n)
		}
		late := tom.c.Post(t, tom.base+"/new", tom.first("cafe\u0301 ZÜRICH gmbh"))
		if late.Status != 409 || !strings.Contains(late.Body, "Nothing has been created or changed") || !strings.Contains(late.Body, `aria-invalid="true"`) {
			t.Errorf("AC_65: the first step with a name in use: %d %s", late.Status, said(late.Body))
		}
	})
}

func TestCustomers_are_sorted_found_exported_and_paged_within_what_one_reaches(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		tom, luc, ingrid := counterOf(t, p, "partner-operator", "partner"), counterOf(t, p, "other-partner", "other-partner"), counterOf(t, p, "helpdesk", "vendor")
		names := regexp.MustCompile(`<th scope="row" role="rowheader">(?:<a[^>]*>)?([^<]+)<`)
		order := func(k counter, query string) (all []string) {
			t.Helper()
			page := k.c.Get(t, k.base+query)
			if page.Status != 200 {
				t.Fatalf("%s: %d", query, page.Status)
			}
			for _, m := range names.FindAllStringSubmatch(page.Body, -1) {
				all = append(all, strings.ReplaceAll(m[1], "&amp;", "&"))
			}
			return all
		}
		own := "[Atelier Marchand Bygg & Betong Lindqvist Construcciones Ibáñez Kowalski Maszyny Notaría Puente]"
		for query, want := range map[string]string{
			"":                                 own,
			"?sort=name&down=1":                "[Notaría Puente Kowalski Maszyny Construcciones Ibáñez Bygg & Betong Lindqvist Atelier Marchand]",
			"?sort=reference&down=1":           "[Kowalski Maszyny Construcciones Ibáñez Atelier Marchand Bygg & Betong Lindqvist Notaría Puente]",
			"?sort=number&down=1&state=active": "[Notaría Puente Bygg & Betong Lindqvist Atelier Marchand Kowalski Maszyny]",
			"?text=bw-":                        "[Atelier Marchand Bygg & Betong Lindqvist Construcciones Ibáñez]",
			"?text=20417":                      "[Kowalski Maszyny]",
			"?text=hospitality":                "[Notaría Puente]",
			"?state=draft":                     "[Construcciones Ibáñez]",
			"?progress=9-complete&product=VOICE-essential": "[Bygg & Betong Lindqvist]",
			"?text=%25": "[]",
		} {
			if got := fmt.Sprint(order(tom, query)); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		for _, sort := range []string{"name", "number", "created", "status", "reference", "type", "progress"} {
			if got := order(tom, "?sort="+sort); len(got) != 5 {
				t.Errorf("sorted by %s: %v", sort, got)
			}
		}
		if got := order(luc, ""); len(got) != 0 {
			t.Errorf("another partner sees %v", got)
		}
		if got := fmt.Sprint(order(ingrid, "")); got != "[Atelier Marchand Bygg & Betong Lindqvist Dubois Mécanique Kowalski Maszyny Notaría Puente Talleres Serrano Werkzeugbau Hartmann]" {
			t.Errorf("staff sees %s", got)
		}
		csv := tom.c.Get(t, tom.base+"/export.csv?text=bw-&sort=reference")
		if rows := strings.Split(strings.TrimSpace(csv.Body), "\n"); len(rows) != 4 || rows[0] != "number,name,created,status,reference,country,product_type,trial_until,progress" ||
			!strings.Contains(rows[1], "Bygg & Betong Lindqvist") || !strings.HasSuffix(rows[3], ",draft,BW-4490,,voice-call-centre,,user") {
			t.Errorf("AC_69: CSV: %d %s", csv.Status, csv.Body)
		}
		if csv := tom.c.Get(t, tom.base+"/export.csv?text=puente"); !regexp.MustCompile(`\n(\d+),Notaría Puente,[^,]+,active,(\d+),ES`).MatchString(csv.Body) {
			t.Errorf("AC_69: without a reference the number stands there: %s", csv.Body)
		}
		if page := tom.c.Get(t, tom.base+"?after=nonsense"); page.Status != 400 {
			t.Errorf("a page that no list has given: %d", page.Status)
		}
		for i := range 60 {
			exec(t, p, `INSERT INTO organisation SELECT $1, 500000 + CAST($2 AS BIGINT), $1, kind, is_site, 'Zett ' || $1, 'zett ' || $1, country, street, postcode, city, vat_id, language, zone, reference, status,
				email, created_on, notes, created_at, updated_at, version, format FROM organisation WHERE number = 20500`, fmt.Sprintf("zett%02d", i), i)
			exec(t, p, `INSERT INTO customer_line SELECT $1, '', 500000 + CAST($2 AS BIGINT), 'Zett ' || $1, 'zett ' || $1, '2026-01-01', 'active', '', '', '', '', '9-complete'`, fmt.Sprintf("zett%02d", i), i)
		}
		next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
		for _, sort := range []string{"name", "number", "created", "status", "reference", "type", "progress"} {
			for _, down := range []string{"", "&down=1"} {
				at, all := ingrid.base+"?sort="+sort+down, map[string]int{}
				for at != "" {
					page := ingrid.c.Get(t, at)
					for _, m := range names.FindAllStringSubmatch(page.Body, -1) {
						all[m[1]]++
					}
					if at = ""; next.MatchString(page.Body) {
						at = html.UnescapeString(next.FindStringSubmatch(page.Body)[1])
					}
				}
				twice := 0
				for _, n := range all {
					if n != 1 {
						twice++
					}
				}
				if len(all) != 67 || twice > 0 {
					t.Errorf("pages sorted by %s%s: %d customers, %d of them more than once", sort, down, len(all), twice)
				}
			}
		}
	})
}
