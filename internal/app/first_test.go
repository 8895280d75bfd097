package app_test

import (
	"fmt"
	"strings"
	"testing"

	"lodge/internal/app/apptest"
)

// TestHome_of_a_new_portal: what the vendor's portal lacks stands on the home page of whoever can add it, and an operator, who cannot
// publish, reads which role to give.
func TestHome_of_a_new_portal_says_what_to_do_first(t *testing.T) {
	apptest.Each(t, func(t *testing.T, p *apptest.Portal) {
		home := fmt.Sprintf("/o/%d/", p.World.Organisations["vendor"].Number)
		shows := func(who string, want ...string) {
			t.Helper()
			page := p.As(t, who).Get(t, home)
			if page.Status != 200 || strings.Contains(page.Body, "Publish the first release") != (want != nil) || strings.Contains(page.Body, "Add the first product") {
				t.Errorf("%s: %d, says the step: %v", who, page.Status, want == nil)
			}
			for _, w := range want {
				if !strings.Contains(page.Body, w) {
					t.Errorf("%s does not read %q", who, w)
				}
			}
		}
		shows("release-manager")
		exec(t, p, `UPDATE release SET state = 'withdrawn' WHERE state = 'published'`)
		shows("release-manager", fmt.Sprintf(`href="%sreleases/new"`, home))
		shows("operator", "This needs the role Release manager.", fmt.Sprintf(`href="%scontacts"`, home))
		shows("helpdesk")
	})
}
