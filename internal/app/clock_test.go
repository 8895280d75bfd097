package app_test

import (
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lodge/internal/app/apptest"
	"lodge/internal/platform/clock"
	"lodge/internal/platform/store"
)

// jumping runs with the machine's clock, so far beside it.
type jumping struct{ by atomic.Int64 }

func (j *jumping) Now() time.Time { return clock.Real{}.Now().Add(time.Duration(j.by.Load())) }

// sweeping is the portal's own hourly job.
type sweeping struct{}

func (sweeping) Kind() string { return "app.sweep" }

func TestAttack_OPS_10_a_clock_that_jumps_forgets_doubles_and_revives_nothing(t *testing.T) {
	now := &jumping{}
	p := byClock(t, now)
	count := func(q string, args ...any) (n int) {
		t.Helper()
		if err := p.Store.Read(t.Context(), func(tx *store.Tx) (err error) { n, err = store.One[int](tx, q, args...); return err }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	sweep := func() {
		t.Helper()
		const done = `SELECT count(*) FROM river_job WHERE kind = 'app.sweep' AND state = 'completed'`
		before := count(done)
		err := p.Store.Write(t.Context(), store.Free, func(tx *store.Tx) error { return p.Jobs.Insert(tx, sweeping{}) })
		if err != nil {
			t.Fatal(err)
		}
		end := (clock.Real{}).Now().Add(20 * time.Second)
		for ; count(done) == before; time.Sleep(20 * time.Millisecond) {
			if (clock.Real{}).Now().After(end) {
				t.Fatal("nothing was swept")
			}
		}
	}

	base := "/o/" + strconv.FormatInt(p.World.Organisations["customer"].Number, 10)
	anna, piotr, maja := p.As(t, "customer-admin"), p.As(t, "support-advanced"), shelfOf(t, p, "release-manager", "vendor")
	ask := piotr.Get(t, base+"/requests/new").Hidden()
	for k, v := range (url.Values{"product": {p.World.Products["main"]}, "kind": {"question"}, "severity": {"3"}, "title": {"What time is it"}, "description": {"The clock is wrong."}}) {
		ask[k] = v
	}
	asked := piotr.Post(t, base+"/requests/new", ask)
	invite := anna.Get(t, base+"/contacts/new").Hidden()
	for k, v := range (url.Values{"first_name": {"Late"}, "last_name": {"Guest"}, "email": {"late@kowalski-maszyny.example"}, "role": {"support-restricted"}}) {
		invite[k] = v
	}
	invited := anna.Post(t, base+"/contacts/new", invite)
	upload := maja.tus("POST", maja.draft("9.9")+"/uploads", "", "Upload-Length", "8", "Upload-Metadata", about("filename", "clock.msi", "kind", "archive", "platform", "linux"))
	if got := maja.part(upload.Location, 0, "half"); asked.Status != 303 || invited.Status != 303 || got.Status != 204 {
		t.Fatalf("%d %d %d", asked.Status, invited.Status, got.Status)
	}
	_, link := p.Mail(t, "late@kowalski-maszyny.example", "invitation")
	opened := p.Nobody(t).Get(t, strings.TrimPrefix(link, p.URL))
	letters := count(`SELECT count(*) FROM mail`)

	for _, jump := range []time.Duration{time.Hour, 24 * time.Hour, -time.Hour, -24 * time.Hour, time.Second} {
		now.by.Store(int64(jump))
		sweep()
		if got := p.Nobody(t).Get(t, "/sign-in"); got.Status != 200 {
			t.Errorf("%v: the portal answers %d", jump, got.Status)
		}
		now.by.Store(0)
		for who, c := range map[string]*apptest.Client{"anna": anna, "piotr": piotr, "maja": maja.c} {
			if got := c.Get(t, "/me/security"); got.Status != 200 {
				t.Errorf("%v: %s is signed out: %d", jump, who, got.Status)
			}
		}
		if got := piotr.Post(t, base+"/requests/new", ask); got.Location != asked.Location || count(`SELECT count(*) FROM ticket WHERE title = 'What time is it'`) != 1 {
			t.Errorf("%v: the form sent again makes another request: %d %s", jump, got.Status, got.Location)
		}
		if got := anna.Post(t, base+"/contacts/new", invite); got.Location != invited.Location {
			t.Errorf("%v: the invitation sent again: %d %s", jump, got.Status, got.Location)
		}
		if got := maja.tus("HEAD", upload.Location, ""); got.Header.Get("Upload-Offset") != "4" {
			t.Errorf("%v: the upload is gone: %d", jump, got.Status)
		}
		if got := p.Nobody(t).Get(t, strings.TrimPrefix(link, p.URL)); got.Status != opened.Status || got.Location != opened.Location {
			t.Errorf("%v: the invitation is over: %d", jump, got.Status)
		}
		if n := count(`SELECT count(*) FROM mail`); n != letters {
			t.Errorf("%v: %d letters more", jump, n-letters)
		}
	}

	// What ended stays ended on an earlier day.
	if got := anna.Post(t, "/sign-out", anna.Get(t, "/me/security").Hidden()); got.Status != 303 {
		t.Fatalf("sign out: %d", got.Status)
	}
	for _, jump := range []time.Duration{-time.Hour, -24 * time.Hour} {
		now.by.Store(int64(jump))
		if got := anna.Get(t, "/me/security"); got.Status != 303 || !strings.HasPrefix(got.Location, "/sign-in") {
			t.Errorf("%v: signed out, and in again: %d", jump, got.Status)
		}
	}
}
