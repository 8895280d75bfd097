package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/crypt/totp"
)

func (b *tab) signIn(p *apptest.Portal) {
	b.Helper()
	for _, x := range p.World.People {
		if x.Key != b.who {
			continue
		}
		b.get("/sign-in")
		b.typed("#email", x.Email)
		b.typed("#password", x.Password)
		b.press("main button[type=submit]")
		if strings.HasPrefix(b.address(), "/sign-in/factor") {
			for step := totp.Step(time.Now()); strings.HasPrefix(b.address(), "/sign-in/factor") && step <= totp.Step(time.Now())+1; step++ { // another tab may have used the first
				code, err := totp.Code(x.TOTPSecret, step)
				if err != nil {
					b.Fatal(err)
				}
				b.typed("#code", code)
				b.press("main button[type=submit]")
				if step > totp.Step(time.Now()) && strings.HasPrefix(b.address(), "/sign-in/factor") {
					time.Sleep(30 * time.Second) // both are used up
				}
			}
		}
		if !strings.HasPrefix(b.address(), "/o/") {
			b.Fatalf("%s cannot sign in: at %s", b.who, b.address())
		}
		return
	}
	b.Fatalf("nobody is called %s", b.who)
}

// TestStory goes the whole way in a browser: an administrator invites, the colleague comes in and asks, the helpdesk plans,
// answers and keeps a note; customer and partner see all but the note; others see nothing. With scripts of pages and without.
func TestStory_AC_05_AC_06_AC_15_AC_59_from_the_invitation_to_the_answered_request(t *testing.T) {
	t.Run("with_script", func(t *testing.T) { story(t, true) })
	t.Run("without_script", func(t *testing.T) { story(t, false) })
}

func story(t *testing.T, scripts bool) {
	p := portal(t)
	browser := chrome(t)
	enter := func(who string) *tab {
		b := open(t, browser, p, "")
		b.who = who
		b.script(scripts)
		b.get("/sign-in")
		if ran := ask[bool](b, `(() => { const s = document.createElement('script'); s.nonce = document.querySelector('script[nonce]').nonce; s.textContent = 'window.__ran = true'; document.head.append(s); return !!window.__ran })()`); ran != scripts {
			t.Errorf("scripts of pages run: %v, want %v", ran, scripts)
		}
		if who != "" {
			b.signIn(p)
		}
		return b
	}
	customer, partner, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["partner"].Number, p.World.Organisations["vendor"].Number

	anna := enter("customer-admin")
	anna.sees("Kowalski Maszyny", fmt.Sprint(customer), "Halden Designer")
	anna.get(fmt.Sprintf("/o/%d/contacts/new", customer))
	anna.typed("#first_name", "Bożena")
	anna.typed("#last_name", "Wróbel")
	anna.typed("#email", "bozena.wrobel@kowalski-maszyny.example")
	anna.click(`input[name=role][value="support-restricted"]`)
	anna.press("main form button[type=submit]")
	anna.sees("Wróbel", "Invited")

	_, link := p.Mail(t, "bozena.wrobel@kowalski-maszyny.example", "/invitation/")
	stranger := enter("customer-member") // AC-06: somebody else is signed in
	stranger.get(strings.TrimPrefix(link, p.URL))
	stranger.sees("bozena.wrobel@kowalski-maszyny.example")
	anna.get(fmt.Sprintf("/o/%d/contacts", customer))
	anna.sees("Invited")

	bozena := enter("")
	bozena.who = "the invited colleague"
	bozena.get(strings.TrimPrefix(link, p.URL))
	bozena.sees("Kowalski Maszyny", "Support restricted")
	bozena.typed("#password", "correct horse battery staple")
	bozena.press("main form button[type=submit]")
	bozena.sees("Kowalski Maszyny", "Support restricted")

	log := filepath.Join(t.TempDir(), "daemon.log")
	if err := os.WriteFile(log, []byte("heartbeat lost\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bozena.get(fmt.Sprintf("/o/%d/requests/new", customer))
	bozena.eval(`(() => { document.querySelector('[name=product]').value = '` + p.World.Products["main"] + `'; return true })()`)
	bozena.eval(`(() => { const k = document.querySelector('[name=kind][value=defect]'); if (k) { k.checked = true } else { document.querySelector('[name=kind]').value = 'defect' } return true })()`)
	bozena.typed("[name=title]", "The licence server stops at midnight")
	bozena.typed("[name=description]", "Since the last upgrade the **daemon** stops at midnight.")
	bozena.do(chromedp.SetUploadFiles(chromedp.CSS("[name=files]"), []string{log}))
	bozena.press("main form button[type=submit].btn-primary")
	bozena.sees("SR-", "The licence server stops at midnight", "daemon.log")
	number := bozena.address()[strings.LastIndex(bozena.address(), "/")+1:]

	ingrid := enter("helpdesk")
	ingrid.get(fmt.Sprintf("/o/%d/desk", vendor))
	ingrid.sees(number)
	at := fmt.Sprintf("/o/%d/for/%d/requests/%s", vendor, customer, number)
	for i, title := range []string{"Read the daemon's log", "Send a corrected build"} {
		ingrid.get(at)
		ingrid.eval(`(() => { document.querySelectorAll('details').forEach(d => d.open = true); return true })()`)
		ingrid.typed(`form[action$="/actions"] [name=title]`, title)
		ingrid.typed(`form[action$="/actions"] [name=date]`, time.Now().AddDate(0, 0, i+2).Format(time.DateOnly))
		ingrid.press(`form[action$="/actions"] button[type=submit]`)
	}
	ingrid.sees("Read the daemon's log", "Send a corrected build")
	ingrid.typed(`form[action$="/replies"] [name=text]`, "We can reproduce it and are at work.")
	ingrid.press(`form[action$="/replies"] button[type=submit]`)
	const canary = "The build server was wrong; do not tell"
	ingrid.typed(`form[action$="/notes"] [name=note]`, canary)
	ingrid.press(`form[action$="/notes"] button[type=submit]`)
	ingrid.sees(canary)

	bozena.get(fmt.Sprintf("/o/%d/requests/%s", customer, number))
	bozena.sees("Read the daemon's log", "Send a corrected build", "We can reproduce it")
	bozena.seesNot(canary)
	tom := enter("partner-operator")
	tom.get(fmt.Sprintf("/o/%d/for/%d/requests/%s", partner, customer, number))
	tom.sees("Send a corrected build", "We can reproduce it")
	tom.seesNot(canary)
	anna.get(fmt.Sprintf("/o/%d/events", customer))
	anna.sees("Request sent", "Action planned")
	anna.seesNot(canary)

	for who, org := range map[string]string{"other-customer-admin": "other-customer", "other-partner": "other-partner"} {
		x := enter(who)
		own := p.World.Organisations[org].Number
		for _, path := range []string{"/o/%d/requests/%s", "/o/%d/for/20417/requests/%s"} {
			x.get(fmt.Sprintf(path, own, number))
			x.seesNot("midnight", "reproduce")
		}
		x.get(fmt.Sprintf("/o/%d/search?q=midnight", own))
		x.seesNot("licence server stops")
	}
}
