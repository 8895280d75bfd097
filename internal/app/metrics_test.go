package app_test

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"lodge/internal/app/apptest"
)

func TestAttack_OPS_17_figures_name_nobody_and_grow_with_nothing(t *testing.T) {
	p := apptest.Start(t, apptest.Lite)
	h := p.Metrics("test")
	read := func() string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		if w.Code != 200 {
			t.Fatal(w.Code)
		}
		return w.Body.String()
	}
	series := regexp.MustCompile(`(?m)^lodge_[^ ]+`)
	anna := p.As(t, "customer-admin")
	at := fmt.Sprintf("/o/%d", p.World.Organisations["customer"].Number)
	ask := func(n int) {
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				for i := worker; i < n; i += 8 {
					anna.Get(t, fmt.Sprintf("%s/requests/SR-%04d-0000", at, i%10_000))
					if i%10 == 0 {
						anna.Get(t, fmt.Sprintf("/invented/%d/path", i))
						anna.Do(t, fmt.Sprintf("BREW%d", i), at+"/", nil, nil)
					}
				}
			})
		}
		all.Wait()
	}
	ask(80)
	before := len(series.FindAllString(read(), -1))
	ask(8_400) // 10,080 requests in all
	after := read()
	if n := len(series.FindAllString(after, -1)); n != before || before < 20 {
		t.Errorf("%d series, were %d", n, before)
	}
	for _, secret := range []string{"20417", "SR-", "kowalski", "Anna", "invented", "BREW"} {
		if strings.Contains(after, secret) {
			t.Errorf("the figures name %q", secret)
		}
	}
	for _, want := range []string{`lodge_request_seconds_count{class="4xx",method="GET",route="GET /o/{number}/requests/{ticket}"}`, `lodge_waiting{queue="letters"}`, `lodge_info{version="test"} 1`, "go_goroutines"} {
		if !strings.Contains(after, want) {
			t.Errorf("there is no %s", want)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/vars", "/version"} {
		if page := anna.Get(t, path); page.Status != 404 {
			t.Errorf("the public address answers %s: %d", path, page.Status)
		}
	}
}
