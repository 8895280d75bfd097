package app_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

func TestAttack_PROV_03_AC_66_a_customer_is_edited_and_an_immutable_type_stays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		tom, luc, nils := counterOf(t, p, "partner-operator", "partner"), counterOf(t, p, "other-partner", "other-partner"), counterOf(t, p, "billing-desk", "vendor")
		numberOf := func(name string) int {
			return count(t, p, `SELECT number FROM organisation WHERE name = $1 AND NOT is_site`, name)
		}
		edit := func(k counter, name string, more ...string) apptest.Page {
			t.Helper()
			at := fmt.Sprintf("%s/%d", k.base, numberOf(name))
			page := k.c.Get(t, at)
			form := page.Hidden()
			form.Set("seen", seenOf(page.Body))
			for i := 0; i < len(more); i += 2 {
				form.Set(more[i], more[i+1])
			}
			return k.c.Post(t, at, form)
		}
		got := edit(tom, "Bygg & Betong Lindqvist", "name", "Lindqvist Bygg", "reference", "BW-1", "country", "DE", "notes", "Ring first", "product_type", "voice-hospitality")
		if got.Status != 422 || !strings.Contains(got.Body, "is not offered in this country") || !strings.Contains(got.Body, `value="Lindqvist Bygg"`) {
			t.Errorf("PROV_04: a type that is not offered there: %d %s", got.Status, said(got.Body))
		}
		if got := edit(tom, "Bygg & Betong Lindqvist", "name", "Lindqvist Bygg", "reference", "BW-1", "country", "DE", "notes", "Ring first", "product_type", "voice-call-centre"); got.Status != 303 {
			t.Fatalf("edit: %d %s", got.Status, said(got.Body))
		}
		if n := count(t, p, `SELECT count(*) FROM organisation o JOIN customer_line l ON l.id = o.id WHERE o.name = 'Lindqvist Bygg' AND l.reference = 'BW-1' AND o.format = 'de-DE' AND o.zone = 'Europe/Berlin' AND l.type_key = 'voice-call-centre'`); n != 1 {
			t.Error("AC_66: the list does not show what was changed")
		}
		if page := tom.c.Get(t, fmt.Sprintf("%s/%d", tom.base, numberOf("Lindqvist Bygg"))); !strings.Contains(page.Body, "12.345,5") || !strings.Contains(page.Body, "Ring first") {
			t.Error("AC_66: formats are not German")
		}
		for _, to := range []string{"voice-essential", "nonsense"} { // A→B→A
			if got := edit(tom, "Lindqvist Bygg", "product_type", to); got.Status != 409 || !strings.Contains(got.Body, "cannot be changed any more") {
				t.Errorf("PROV_03: from an immutable type to %s: %d %s", to, got.Status, said(got.Body))
			}
		}
		if got := edit(nils, "Lindqvist Bygg", "product_type", "voice-essential"); got.Status != 409 {
			t.Errorf("PROV_03: the vendor neither: %d", got.Status)
		}
		if got := edit(tom, "Lindqvist Bygg", "product_type", "voice-call-centre", "reference", "BW-2"); got.Status != 303 {
			t.Errorf("the same type again changes nothing: %d", got.Status)
		}
		if got := edit(tom, "Lindqvist Bygg", "name", "NOTARÍA  Puente"); got.Status != 409 || !strings.Contains(got.Body, "already") {
			t.Errorf("INV_15: a name in use: %d", got.Status)
		}
		page := tom.c.Get(t, fmt.Sprintf("%s/%d", tom.base, numberOf("Lindqvist Bygg")))
		if got := edit(tom, "Lindqvist Bygg", "reference", "BW-3", "seen", "1"); got.Status != 409 || !strings.Contains(got.Body, "meanwhile") {
			t.Errorf("as it was seen before: %d (%d)", got.Status, page.Status)
		}
		if got := edit(tom, "Kowalski Maszyny", "reference", "mine"); got.Status != 403 {
			t.Errorf("a customer that somebody else made: %d", got.Status)
		}
		if got := edit(nils, "Kowalski Maszyny", "reference", "CRM/89"); got.Status != 303 {
			t.Errorf("the vendor's desk: %d %s", got.Status, said(got.Body))
		}
		for name, status := range map[string]int{"Lindqvist Bygg": 404, "Dubois Mécanique": 404} {
			if got := edit(luc, name, "reference", "theirs"); got.Status != status {
				t.Errorf("another partner edits %s: %d", name, got.Status)
			}
		}
		if got := p.As(t, "helpdesk").Get(t, fmt.Sprintf("/o/%d/customers/new", p.World.Organisations["vendor"].Number)); got.Status != 403 {
			t.Errorf("the helpdesk creates: %d", got.Status)
		}
	})
}

func TestAttack_PROV_04_what_is_not_offered_is_refused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		tom, luc := counterOf(t, p, "partner-operator", "partner"), counterOf(t, p, "other-partner", "other-partner")
		for what, form := range map[string]url.Values{
			"not in this country":    tom.first("A", "product_type", "voice-hospitality", "country", "DE"),
			"a type of nobody's":     tom.first("A", "product_type", "nonsense"),
			"no type":                tom.first("A", "product_type", ""),
			"no country":             tom.first("A", "country", ""),
			"a country that is none": tom.first("A", "country", "XX"),
			"a trial too long":       tom.first("A", "trial", "1", "trial_until", "2099-01-01"),
			"a trial that is over":   tom.first("A", "trial", "1", "trial_until", "2020-01-01"),
		} {
			if got := tom.c.Post(t, tom.base+"/new", form); got.Status != 422 || !strings.Contains(got.Body, `role="alert"`) {
				t.Errorf("%s: %d", what, got.Status)
			}
		}
		if got := luc.c.Post(t, luc.base+"/new", luc.first("A")); got.Status != 422 {
			t.Errorf("a type of another partner's: %d", got.Status)
		}
		if page := luc.c.Get(t, luc.base+"/new"); strings.Contains(page.Body, "Voice Essential") || strings.Contains(page.Body, `name="trial"`) {
			t.Error("what is not offered is shown")
		}
		if n := count(t, p, `SELECT count(*) FROM customer_draft WHERE name = 'A'`); n != 0 {
			t.Errorf("%d drafts of refusals", n)
		}
		at := tom.draft("Later", "trial", "1", "trial_until", "")
		if got := tom.c.Post(t, at, tom.second(at, "late@later.example", true)); got.Status != 303 {
			t.Fatalf("a trial without a day: %d %s", got.Status, said(got.Body))
		}
		if n := count(t, p, `SELECT count(*) FROM subscription s JOIN organisation o ON o.id = s.org_id WHERE o.name = 'Later' AND s.trial_until > s.starts_on`); n != 1 {
			t.Error("AC_71: the trial has not the longest time")
		}
	})
}

func TestAttack_PROV_02_a_draft_is_resumed_or_discarded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		tom, luc := counterOf(t, p, "partner-operator", "partner"), counterOf(t, p, "other-partner", "other-partner")
		form := tom.first("Half Made", "country", "", "product_type", "", "then", "draft")
		if got := tom.c.Post(t, tom.base+"/new", form); got.Status != 303 || got.Location != tom.base {
			t.Fatalf("save as draft: %d %s", got.Status, got.Location)
		}
		list := tom.c.Get(t, tom.base+"?state=draft").Body
		m := regexp.MustCompile(`href="([^"]+/details)">Half Made`).FindStringSubmatch(list)
		if m == nil || !strings.Contains(list, "not chosen") {
			t.Fatal("the draft is not in the list, or leads elsewhere than to its first step")
		}
		page := tom.c.Get(t, m[1])
		if !strings.Contains(page.Body, `value="Half Made"`) {
			t.Error("what was typed is not there any more")
		}
		for _, at := range []string{m[1], strings.Replace(m[1], "/details", "/user", 1), strings.Replace(m[1], "/details", "/nonsense", 1)} {
			other := strings.Replace(at, tom.base, luc.base, 1)
			if got := luc.c.Get(t, other); got.Status != 404 {
				t.Errorf("another partner opens %s: %d", other, got.Status)
			}
		}
		if got := luc.c.Post(t, strings.Replace(strings.Replace(m[1], "/details", "/discard", 1), tom.base, luc.base, 1), luc.first("x")); got.Status != 404 {
			t.Errorf("another partner discards it: %d", got.Status)
		}
		next := tom.first("Half Made", "seen", seenOf(page.Body))
		got := tom.c.Post(t, m[1], next)
		if got.Status != 303 || !strings.HasSuffix(got.Location, "/user") {
			t.Fatalf("resume: %d %s", got.Status, said(got.Body))
		}
		if stale := tom.c.Post(t, m[1], tom.first("Half Made", "seen", seenOf(page.Body))); stale.Status != 409 {
			t.Errorf("as it was seen before: %d", stale.Status)
		}
		user := tom.second(got.Location, "half@made.example", false)
		user.Set("then", "draft")
		if kept := tom.c.Post(t, got.Location, user); kept.Status != 303 {
			t.Errorf("the second step as a draft: %d %s", kept.Status, said(kept.Body))
		}
		if body := tom.c.Get(t, got.Location).Body; !strings.Contains(body, "half@made.example") {
			t.Error("the second step is not kept")
		}
		if n := made(t, p, "Half Made"); fmt.Sprint(n) != "[0 0 0 0 0 0 0]" {
			t.Errorf("drafts have made %v", n)
		}
		if n := count(t, p, `SELECT count(*) FROM person WHERE email = 'half@made.example'`); n != 0 {
			t.Error("a person was made of a draft")
		}
		gone := tom.c.Post(t, strings.Replace(m[1], "/details", "/discard", 1), tom.c.Get(t, m[1]).Hidden())
		if gone.Status != 303 {
			t.Errorf("discard: %d", gone.Status)
		}
		if got := tom.c.Get(t, m[1]); got.Status != 404 || strings.Contains(tom.c.Get(t, tom.base).Body, "Half Made") {
			t.Errorf("after that: %d", got.Status)
		}
	})
}
