package browser

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/store"
)

// view is a page as one of the world's people sees it.
type view struct{ name, who, path string }

// views are all pages, each as those who see it differently.
func views(p *apptest.Portal) []view {
	o := func(key string) int64 { return p.World.Organisations[key].Number }
	customer, vendor, partner := o("customer"), o("vendor"), o("partner")
	own := func(path string) string { return fmt.Sprintf("/o/%d%s", customer, path) }
	ticket := p.World.Example
	draft, late := one(p, `SELECT id FROM release WHERE state = 'draft'`), one(p, `SELECT id FROM release_file WHERE name LIKE 'wallboard-3.4%'`)
	unfinished, made := one(p, `SELECT id FROM customer_draft`), one(p, `SELECT CAST(o.number AS TEXT) FROM organisation o JOIN customer c ON c.org_id = o.id WHERE o.country = 'FR'`)
	return []view{
		{"sign-in", "", "/sign-in"},
		{"forgotten", "", "/forgotten"},
		{"register", "", "/register"},
		{"gallery", "", "/-/gallery"},
		{"home", "customer-admin", own("/")},
		{"home-member", "customer-member", own("/")},
		{"home-support", "customer-support", own("/")},
		{"home-partner", "partner-operator", fmt.Sprintf("/o/%d/", partner)},
		{"home-staff", "helpdesk", fmt.Sprintf("/o/%d/", vendor)},
		{"contacts", "customer-admin", own("/contacts")},
		{"contact-roles", "customer-admin", own("/contacts?change=" + one(p, `SELECT m.id FROM membership m JOIN person x ON x.id = m.person_id WHERE x.email = '`+email(p, "customer-support")+`'`))},
		{"contact-new", "customer-admin", own("/contacts/new")},
		{"partners", "customer-admin", own("/partners")},
		{"partnership", "customer-admin", own("/partners/" + one(p, `SELECT p.id FROM partnership p JOIN organisation o ON o.id = p.customer_id WHERE o.number = `+fmt.Sprint(customer)))},
		{"partners-asked", "other-customer-admin", fmt.Sprintf("/o/%d/partners", o("other-customer"))},
		{"partner-asked", "other-customer-admin", fmt.Sprintf("/o/%d/partner-asks/%s", o("other-customer"), one(p, `SELECT id FROM partner_ask`))},
		{"partners-partner", "other-partner", fmt.Sprintf("/o/%d/partners", o("other-partner"))},
		{"partner-ask", "other-partner", fmt.Sprintf("/o/%d/partners/ask", o("other-partner"))},
		{"requests", "support-advanced", own("/requests")},
		{"requests-empty", "customer-support-2", own("/requests?tab=drafts")},
		{"requests-partner", "partner-operator", fmt.Sprintf("/o/%d/requests", partner)},
		{"request-new", "customer-support", own("/requests/new")},
		{"request", "customer-support", own("/requests/" + ticket)},
		{"request-partner", "partner-operator", fmt.Sprintf("/o/%d/for/%d/requests/%s", partner, customer, ticket)},
		{"request-staff", "helpdesk", fmt.Sprintf("/o/%d/for/%d/requests/%s", vendor, customer, ticket)},
		{"desk", "helpdesk", fmt.Sprintf("/o/%d/desk", vendor)},
		{"search", "support-advanced", own("/search?q=licences")},
		{"search-nothing", "support-advanced", own("/search?q=unfindable")},
		{"events", "customer-admin", own("/events")},
		{"events-none", "customer-admin", own("/events?until=2020-01-01")},
		{"downloads", "customer-support", own("/downloads")},
		{"downloads-none", "customer-support", own("/downloads?text=unfindable")},
		{"download-refused", "customer-support", own("/downloads/" + late)},
		{"releases", "release-manager", fmt.Sprintf("/o/%d/releases", vendor)},
		{"release-new", "release-manager", fmt.Sprintf("/o/%d/releases/new", vendor)},
		{"release-draft", "release-manager", fmt.Sprintf("/o/%d/releases/%s", vendor, draft)},
		{"release", "helpdesk", fmt.Sprintf("/o/%d/releases/%s", vendor, draft)},
		{"customers", "partner-operator", fmt.Sprintf("/o/%d/customers", partner)},
		{"customers-none", "partner-operator", fmt.Sprintf("/o/%d/customers?text=unfindable", partner)},
		{"customers-staff", "helpdesk", fmt.Sprintf("/o/%d/customers?sort=created&down=1", vendor)},
		{"customer-new", "partner-operator", fmt.Sprintf("/o/%d/customers/new", partner)},
		{"customer-details", "partner-operator", fmt.Sprintf("/o/%d/customers/new/%s/details", partner, unfinished)},
		{"customer-user", "partner-operator", fmt.Sprintf("/o/%d/customers/new/%s/user", partner, unfinished)},
		{"customer", "partner-operator", fmt.Sprintf("/o/%d/customers/%s", partner, made)},
		{"customer-seen", "helpdesk", fmt.Sprintf("/o/%d/customers/%s", vendor, made)},
		{"profile", "customer-admin", "/me/"},
		{"email", "customer-admin", "/me/email"},
		{"security", "customer-admin", "/me/security"},
		{"places", "two-numbers", "/me/organisations"},
		{"asks-none", "other-customer-admin", fmt.Sprintf("/o/%d/asks", p.World.Organisations["other-customer"].Number)},
		{"data", "customer-member", "/me/data"},
		{"my-invitations", "customer-member", "/me/invitations"},
		{"docs", "", "/docs"},
		{"tokens", "customer-admin", own("/settings/api")},
		{"token-new", "customer-admin", own("/settings/api/new")},
		{"company-sign-in", "customer-admin", own("/settings/sign-in")},
		{"company-sign-in-none", "other-customer-admin", fmt.Sprintf("/o/%d/settings/sign-in", o("other-customer"))},
		{"company-links", "customer-admin", "/me/security/company"},
		{"my-tokens", "partner-operator", "/me/tokens"},
		{"my-websites", "customer-admin", "/me/websites"},
		{"websites", "operator", fmt.Sprintf("/o/%d/settings/websites", vendor)},
		{"website-new", "operator", fmt.Sprintf("/o/%d/settings/websites/new", vendor)},
		{"website", "operator", fmt.Sprintf("/o/%d/settings/websites/%s", vendor, one(p, `SELECT id FROM openid_client ORDER BY id LIMIT 1`))},
		{"keys", "helpdesk", "/me/keys"},
		{"refused", "customer-support", own("/contacts")},
		{"missing", "customer-support", own("/requests/SR-0000-0007")},
	}
}

// one asks the portal's database for an id.
func one(p *apptest.Portal, q string) (id string) {
	err := p.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		id, err = store.One[string](tx, q)
		return err
	})
	if err != nil {
		panic(err)
	}
	return id
}

var shots = flag.String("shots", "", "folder for pictures of all pages, at 1280 and 390 pixels, light and dark")

// TestShots takes pictures of all pages: make shots.
func TestShots(t *testing.T) {
	if *shots == "" {
		t.Log("no folder for pictures named")
		return
	}
	p := portal(t)
	browser := chrome(t)
	picture := func(b *tab, v view) {
		for _, width := range []int64{1280, 390} {
			for _, dark := range []bool{false, true} {
				b.look(width, dark)
				time.Sleep(400 * time.Millisecond) // colours fade
				name := v.name
				if width == 390 {
					name += "-390"
				}
				if dark {
					name += "-dark"
				}
				png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				if err != nil { // a page longer than a picture may be: its beginning
					png, err = chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
				}
				if err == nil {
					err = os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644)
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	each(t, p, browser, picture)
	eachState(t, p, browser, picture)
}

// each opens every view, one tab per person.
func each(t *testing.T, p *apptest.Portal, browser context.Context, f func(b *tab, v view)) {
	tabs := map[string]*tab{}
	for _, v := range views(p) {
		b, ok := tabs[v.who]
		if !ok {
			b = open(t, browser, p, v.who)
			tabs[v.who] = b
		}
		b.look(1280, false)
		b.get(v.path)
		f(b, v)
	}
}

type violation struct {
	ID    string
	Nodes []struct{ HTML string }
}

type look struct {
	width int64
	dark  bool
	only  bool // whether it scrolls sideways
}

// TestPages_have_no_axe_violation_and_no_sideways_scrolling, at 1280 and 390 pixels, light and dark. Colours do not depend on the width, nor the layout
// on colours, so each page is looked at twice.
func TestPages_have_no_axe_violation_and_no_sideways_scrolling(t *testing.T) {
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v; run: make assets", err)
	}
	p := portal(t)
	browser := chrome(t)
	check := func(b *tab, v view, looks []look) {
		run := func(script string) []byte {
			ctx, end := context.WithTimeout(b.ctx, 2*time.Minute)
			defer end()
			out, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
			if err != nil {
				t.Fatalf("%s: %v", v.name, err)
			}
			return out
		}
		ctx, end := context.WithTimeout(b.ctx, 2*time.Minute)
		err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";0"))
		end()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range looks {
			b.look(l.width, l.dark)
			// Colours fade from one scheme to the other: only what they become is looked at.
			run(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => Promise.allSettled(document.getAnimations().map(a => a.finished))).then(() => 0)`)
			if !l.only {
				var found []violation
				out := run(`axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'], resultTypes: ['violations']}).then(r => r.violations.map(v => ({ID: v.id, Nodes: v.nodes.map(n => ({HTML: n.html}))})))`)
				if err := json.Unmarshal(out, &found); err != nil {
					t.Fatal(err)
				}
				for _, x := range found {
					var where []string
					for _, n := range x.Nodes {
						where = append(where, n.HTML)
					}
					t.Errorf("%s at %d, dark %v: %s: %s", v.name, l.width, l.dark, x.ID, strings.Join(where, " | "))
				}
			}
			var wide int
			if err := json.Unmarshal(run(`Promise.resolve(document.documentElement.scrollWidth - document.documentElement.clientWidth)`), &wide); err != nil {
				t.Fatal(err)
			}
			if wide > 0 {
				t.Errorf("%s at %d scrolls sideways by %d pixels", v.name, l.width, wide)
			}
		}
	}
	each(t, p, browser, func(b *tab, v view) { check(b, v, []look{{1280, true, false}, {390, false, false}}) })
	// States are made of the same parts as the views: axe looks at each once, in turn wide and dark, narrow and light.
	n := 0
	eachState(t, p, browser, func(b *tab, v view) {
		n++
		check(b, v, []look{{1280, true, n%2 == 0}, {390, false, n%2 == 1}})
	})
}
