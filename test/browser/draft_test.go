package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// ask gives what a script in the page answers.
func ask[T any](b *tab, script string) T {
	b.Helper()
	v, err := asked[T](b, script)
	if err != nil {
		b.Fatalf("%s: %v", script, err)
	}
	return v
}

func asked[T any](b *tab, script string) (T, error) {
	ctx, end := context.WithTimeout(b.ctx, 10*time.Second)
	defer end()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script))
}

// until waits for a script to answer true. One that fails finds a page that is being replaced, and is asked again.
func (b *tab) until(what, script string) {
	b.Helper()
	var err error
	for end := time.Now().Add(8 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var yes bool
		if yes, err = asked[bool](b, script); yes {
			return
		}
	}
	b.shot("failed")
	b.Errorf("%s at %s: %s, never; %v", b.who, b.address(), what, err)
}

const (
	reply   = `form[action$="/replies"] [name=text]`
	note    = `form[action$="/notes"] [name=note]`
	guarded = `(() => { const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); return e.defaultPrevented })()`
)

// value is what stands in a field.
func (b *tab) value(sel string) string {
	b.Helper()
	return ask[string](b, fmt.Sprintf(`document.querySelector(%q).value`, sel))
}

// script switches scripts of pages on and off; chromedp's own go on.
func (b *tab) script(on bool) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
}

func TestDraft_is_kept_while_one_types_and_found_on_another_device(t *testing.T) {
	p := portal(t)
	browser := chrome(t)
	customer, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["vendor"].Number
	at := fmt.Sprintf("/o/%d/requests/%s", customer, p.World.Example)
	saved := func(action string) string {
		return fmt.Sprintf(`document.querySelector('form[action$="%s"] [data-draft-state]').innerText.includes('Draft saved')`, action)
	}

	laptop := open(t, browser, p, "customer-support")
	laptop.get(at)
	if ask[bool](laptop, guarded) {
		t.Error("a page asks before anything is typed")
	}
	laptop.typed(reply, "Half a reply of Piotr")
	if !ask[bool](laptop, guarded) {
		t.Error("what is saved nowhere is lost without a question")
	}
	laptop.until("the draft is saved", saved("/replies"))
	if ask[bool](laptop, guarded) {
		t.Error("a page asks although the draft is saved")
	}
	laptop.seesNot("Save draft") // the button is for pages without script

	phone := open(t, browser, p, "customer-support")
	phone.look(390, false)
	phone.get(at)
	if got := phone.value(reply); got != "Half a reply of Piotr" {
		t.Errorf("the phone finds %q", got)
	}
	phone.sees("Draft saved", "Discard draft")
	phone.typed(reply, "Half a reply of Piotr, and more")
	phone.until("the page knows of a saving after its own", fmt.Sprintf(`document.querySelector('form[action$="/replies"] [name=draft]').value > %q`, laptop.value(`form[action$="/replies"] [name=draft]`)))

	// The laptop's page is older now: it is told, nothing is overwritten, and the guard asks.
	laptop.typed(reply, "Something else")
	laptop.until("it says why not", `document.querySelector('[data-draft-state]').innerText.includes('Draft not saved: Another page')`)
	if !ask[bool](laptop, guarded) {
		t.Error("what could not be saved is lost without a question")
	}
	phone.get(at)
	if got := phone.value(reply); got != "Half a reply of Piotr, and more" {
		t.Errorf("the phone finds %q", got)
	}

	anna := open(t, browser, p, "support-advanced")
	anna.get(at)
	if got := anna.value(reply); got != "" {
		t.Errorf("a colleague reads %q", got)
	}

	ingrid := open(t, browser, p, "helpdesk")
	ingrid.get(fmt.Sprintf("/o/%d/for/%d/requests/%s", vendor, customer, p.World.Example))
	if ingrid.value(reply) != "" {
		t.Error("the helpdesk reads it")
	}
	ingrid.typed(note, "Half a note, for the house")
	ingrid.until("the note's draft is saved", saved("/notes"))
	ingrid.typed(reply, "Half an answer")
	ingrid.until("the reply's draft is saved", saved("/replies"))
	ingrid.press(`form[action$="/replies"] .btn-primary`) // sent as it stands
	ingrid.sees("Half an answer")
	if r, n := ingrid.value(reply), ingrid.value(note); r != "" || n != "Half a note, for the house" {
		t.Errorf("after sending the composers hold %q and %q", r, n)
	}
	ingrid.press(`form[action$="/notes"] [data-draft-discard]`)
	if got := ingrid.value(note); got != "" {
		t.Errorf("discarded, but %q", got)
	}
	phone.get(at)
	phone.seesNot("for the house")

	// Signed out, or away: the page says so, keeps the text and the guard.
	phone.eval(`(() => { document.querySelector('form[data-draft]').dataset.draft = '/nowhere'; return true })()`)
	phone.typed(reply, "Never arrives")
	phone.until("it says that it is not saved", `document.querySelector('[data-draft-state]').innerText === 'Draft not saved'`)
	if !ask[bool](phone, guarded) {
		t.Error("what did not arrive is lost without a question")
	}
}

func TestDraft_works_without_script(t *testing.T) {
	p := portal(t)
	b := open(t, chrome(t), p, "customer-support")
	b.script(false)
	b.get(fmt.Sprintf("/o/%d/requests/%s", p.World.Organisations["customer"].Number, p.World.Example))
	b.do(chromedp.SendKeys(chromedp.CSS(reply), "Typed without script"))
	b.press(`form[action$="/replies"] [data-draft-save]`)
	b.sees("The draft is saved. Only you see it.", "Draft saved", "Discard draft")
	if got := b.value(reply); got != "Typed without script" {
		t.Errorf("the field holds %q", got)
	}
	b.press(`form[action$="/replies"] [data-draft-discard]`)
	b.sees("The draft is discarded.")
	if got := b.value(reply); got != "" {
		t.Errorf("the field holds %q", got)
	}
}

func TestRequest_at_390_pixels_folds_what_is_finished_and_hides_no_focus(t *testing.T) {
	p := portal(t)
	browser := chrome(t)
	customer, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["vendor"].Number
	b := open(t, browser, p, "helpdesk")
	at := fmt.Sprintf("/o/%d/for/%d/requests/%s", vendor, customer, p.World.Example)
	b.get(at)
	b.press(`#main table tbody tr:first-child a`) // the form of the first action
	b.press(`form[action$="/done"] button[type=submit]`)
	const rows = `[...document.querySelectorAll('tr.is-over')].filter(r => r.offsetParent).length`
	const control = `[...document.querySelectorAll('.l-fin')].filter(d => d.offsetParent).length`
	if r, c := ask[int](b, rows), ask[int](b, control); r != 1 || c != 0 {
		t.Errorf("at 1280: %d finished actions, %d controls", r, c)
	}
	b.look(390, false)
	if r, c := ask[int](b, rows), ask[int](b, control); r != 0 || c != 1 {
		t.Errorf("at 390: %d finished actions, %d controls", r, c)
	}
	b.sees("1 finished action")
	b.click(".l-fin > summary")
	if r := ask[int](b, rows); r != 1 {
		t.Errorf("unfolded: %d", r)
	}

	b.click(".l-top .l-burger")
	b.until("the navigation is open", `!!document.querySelector('.l-side:target')`)
	b.do(chromedp.KeyEvent("\x1b"))
	b.until("Escape closes it and gives the focus back", `!document.querySelector('.l-side:target') && document.activeElement.matches('.l-top .l-burger')`)

	// Nothing glides while it is measured.
	const still = `(() => { document.documentElement.style.scrollBehavior = 'auto'; return true })()`
	b.eval(still)
	// The composer stands on the lower edge while the timeline is read, and is small.
	b.eval(`(() => { document.querySelector('.l-tl > li:nth-child(4)').scrollIntoView({block: 'center'}); return true })()`)
	if bottom, height := ask[float64](b, `document.querySelector('.l-composer').getBoundingClientRect().bottom - innerHeight`), ask[float64](b, `document.querySelector('.l-composer').offsetHeight`); bottom > 1 || bottom < -1 || height > 190 {
		t.Errorf("it ends %v pixels from the edge and is %v high", bottom, height)
	}
	// By keyboard through the whole page, both ways: what has the focus is seen.
	const covered = `(() => { const e = document.activeElement; if (e === document.body || e.closest('.l-side, .skip')) return '';
		const f = e.matches('input.visually-hidden') ? e.parentElement : e; const r = f.getBoundingClientRect(); if (r.width < 2) return '';
		const top = document.elementFromPoint(Math.min(r.left + r.width / 2, innerWidth - 1), Math.max(r.top + Math.min(r.height / 2, 12), 0));
		return top && (f.contains(top) || top.contains(f)) ? '' : f.outerHTML.slice(0, 120) })()`
	b.get(at)
	b.eval(still)
	seen := 0
	for _, key := range []chromedp.KeyOption{nil, chromedp.KeyModifiers(chromedp.ModifierShift)} {
		for range 60 {
			if key == nil {
				b.do(chromedp.KeyEvent("\t"))
			} else {
				b.do(chromedp.KeyEvent("\t", key))
			}
			if hidden := ask[string](b, covered); hidden != "" {
				b.shot("failed")
				t.Errorf("has the focus and is hidden: %s", hidden)
			}
			if ask[bool](b, `!!document.activeElement.closest('.l-composer')`) {
				seen++
			}
		}
	}
	if seen < 8 {
		t.Errorf("the composer has had the focus %d times", seen)
	}
}

// keys presses keys where the focus is, as a keyboard does: a key that the page takes for itself writes nothing.
func (b *tab) keys(s string) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, r := range s {
			key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: string(r), Text: string(r)}
			if r == '\r' {
				key.Key, key.Code, key.WindowsVirtualKeyCode = "Enter", "Enter", 13
			}
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key); err != nil {
				return err
			}
			key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, key); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestKeys_lead_and_can_be_switched_off(t *testing.T) {
	p := portal(t)
	browser := chrome(t)
	customer, vendor := p.World.Organisations["customer"].Number, p.World.Organisations["vendor"].Number
	active := func(b *tab) string {
		b.Helper()
		return ask[string](b, `document.activeElement.id || document.activeElement.tagName`)
	}
	home := fmt.Sprintf("/o/%d/", customer)
	b := open(t, browser, p, "customer-admin")
	arrives := func(b *tab, address string) {
		b.Helper()
		b.until("it leads to "+address, fmt.Sprintf(`location.pathname === %q && document.readyState === 'complete'`, address))
	}

	b.get(home)
	b.keys("/")
	if got := active(b); got != "q" {
		t.Errorf("/ leads to %s", got)
	}
	b.keys("gr?") // in the field they are letters
	time.Sleep(300 * time.Millisecond)
	if got := b.value("#q"); got != "gr?" || b.address() != home || ask[bool](b, `document.getElementById('keys').open`) {
		t.Errorf("the field holds %q, at %s", got, b.address())
	}
	b.get(home)
	b.keys("gr")
	arrives(b, home+"requests")
	b.keys("gh")
	arrives(b, home)
	b.keys("gq")
	b.keys("r")
	b.keys("j")
	time.Sleep(300 * time.Millisecond)
	if b.address() != home || active(b) != "BODY" {
		t.Errorf("keys without meaning lead to %s, %s", b.address(), active(b))
	}

	b.eval(`(() => { document.querySelector('.l-brand').focus(); return true })()`)
	b.keys("?")
	b.until("the list is open", `document.getElementById('keys').matches(':modal')`)
	b.sees("Keyboard", "Home", "Requests", "Switch single keys off")
	b.seesNot("Next and previous row")
	b.keys("gr")
	b.do(chromedp.KeyEvent("\x1b"))
	b.until("the list is closed", `!document.getElementById('keys').open`)
	if !ask[bool](b, `document.activeElement.matches('.l-brand')`) || b.address() != home {
		t.Errorf("the focus is at %s, the page at %s", active(b), b.address())
	}

	b.get("/me/keys")
	b.seesNot("On, with rows")
	b.click("input[name=keys][value=off]")
	b.press("main form .btn-primary")
	b.sees("The keys are saved in this browser.")
	b.get(home)
	for _, k := range []string{"/", "?", "g", "r"} {
		b.keys(k)
	}
	time.Sleep(300 * time.Millisecond)
	if b.address() != home || active(b) != "BODY" {
		t.Errorf("switched off, they lead to %s, %s", b.address(), active(b))
	}

	ingrid := open(t, browser, p, "helpdesk")
	desk := fmt.Sprintf("/o/%d/desk", vendor)
	ingrid.get(desk)
	ingrid.keys("j")
	if got := active(ingrid); got != "BODY" {
		t.Errorf("rows are on before anybody chose them: %s", got)
	}
	ingrid.get("/me/keys")
	ingrid.click("input[name=keys][value=rows]")
	ingrid.press("main form .btn-primary")
	ingrid.get(desk)
	row := func() int {
		return ask[int](ingrid, `[...document.querySelectorAll('.l-table tbody tr')].indexOf(document.activeElement.closest('tr'))`)
	}
	for i, k := range []string{"j", "j", "k", "j"} {
		ingrid.keys(k)
		if got, want := row(), []int{0, 1, 0, 1}[i]; got != want {
			t.Errorf("after %d keys at row %d, want %d", i+1, got, want)
		}
	}
	to := ask[string](ingrid, `new URL(document.activeElement.href).pathname`)
	ingrid.keys("\r")
	arrives(ingrid, to)
	if !strings.Contains(to, "/requests/") {
		t.Errorf("Enter opens %s", to)
	}
}
