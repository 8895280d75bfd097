package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTabs_AC_33: switched in one tab, the other one says so before the next act, and what it sends is not carried out for the new organisation.
func TestTabs_AC_33_a_tab_says_that_another_one_has_switched(t *testing.T) {
	p := portal(t)
	customer, site := p.World.Organisations["customer"].Number, p.World.Organisations["customer-site"].Number
	a := open(t, chrome(t), p, "two-numbers")
	ctx, end := chromedp.NewContext(a.ctx) // another tab with the same cookies
	t.Cleanup(end)
	b := &tab{T: t, ctx: ctx, base: a.base, who: "two-numbers, second tab"}
	b.get(fmt.Sprintf("/o/%d/requests/new", customer))
	b.typed("[name=title]", "Typed before the switch")
	b.seesNot("In another tab")

	a.get("/me/organisations")
	a.press(fmt.Sprintf(`main button[name=to][value="%d"]`, site))
	b.until("the notice", `!!document.querySelector("[data-switched]")`)
	b.sees("In another tab or window you have switched to a different account", fmt.Sprint(site))
	b.press(`main form button[type=submit].btn-primary`)
	b.sees("Not sent", "Nothing was carried out")
	if kept := ask[string](b, `document.querySelector("[name=title]").value`); kept != "Typed before the switch" {
		t.Errorf("kept: %q", kept)
	}

	// A tab that heard nothing asks when it is looked at.
	b.get(fmt.Sprintf("/o/%d/requests", site))
	b.seesNot("In another tab")
	a.until("switched", fmt.Sprintf(`window.__done || (window.__asked ??= fetch("/me/context", {method: "POST", body: new URLSearchParams({to: %d})}).then(() => { window.__done = true }), false)`, customer))
	b.eval(`(() => { dispatchEvent(new Event("focus")); return true })()`)
	b.until("the notice", `!!document.querySelector("[data-switched]")`)
	b.press(fmt.Sprintf(`[data-switched] button[name=to][value="%d"]`, site))
	b.seesNot("In another tab")
}
