package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lodge/internal/platform/store/storetest"
)

// engines: where every is not 1, of the statements of one transaction only the first and one in so many are tried.
var engines = map[string]struct {
	database func(*testing.T) string
	every    int
}{
	"sqlite":   {func(t *testing.T) string { return "sqlite:" + storetest.LitePath(t) }, 6},
	"postgres": {func(t *testing.T) string { return storetest.PostgresURL(t) }, 16},
}

// TestAttack_OPS_01 kills the process at its points. Then it starts again, the same form is sent again with the same key, and
// exactly one thing is there, whole, with its letters. A letter comes twice, with the same Message-ID, exactly if the mail
// server had taken it when the process died before it wrote that down: SMTP knows no better.
func TestAttack_OPS_01_killed_at_each_point_a_form_makes_one_thing(t *testing.T) {
	t.Parallel()
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, e.database(t))
			for _, u := range useCases {
				t.Run(u.name, func(t *testing.T) { s.on(t, func() { s.killed(u, e.every) }) })
			}
			t.Run("taken_over", func(t *testing.T) { s.on(t, s.takenOver) })
			whole(t, s.database)
			s.files()
		})
	}
}

// trial is one form under which the process is killed.
type trial struct {
	tag    string // stands in everything that the form makes
	by     *http.Client
	at     string // address
	form   url.Values
	file   string            // contents of a file that goes with it; "" = none
	answer int               // of the form that does it
	over   int               // of the form sent again after it was done, where that is not the same answer
	asks   bool              // sent again it is another question: nobody is signed in, and nothing but a letter comes of it
	check  func(signIn bool) // there is one of what it makes; a password costs too much to try it after each statement
}

// kill is a point at which the process dies: the n-th of a thread that passes these.
type kill struct {
	thread string
	names  []string
	n      int
}

func (k kill) name() string { return fmt.Sprintf("%s_%d_%s", k.thread, k.n+1, k.names[k.n]) }

// done tells whether the form's last commit was made.
func (k kill) done() bool {
	return k.thread != "request" || !slices.Contains(k.names[k.n+1:], "store.committed")
}

// killed tries each point of a use case.
func (s *stage) killed(u useCase, every int) {
	next := u.prepare(s)
	x := next()
	s.quiet(true)
	from := len(s.mail.Letters())
	s.post(x, nowhere)
	s.quiet(slices.Contains(u.threads, "seal"))
	x.check(true)
	letters := len(s.letters(x.tag, from))
	passed := s.passed()
	for _, thread := range append([]string{"request"}, u.threads...) {
		names, every := passed[thread], every
		if thread == "seal" { // it goes on looking for events, once a second
			names, every = names[:slices.Index(names, "store.committed")+1], max(every, 4)
		}
		if len(names) > 0 && names[0] == "job.ended" {
			names = names[1:] // of a job before
		}
		tried, untold := 0, 0
		for n := range names {
			again := n > 0 && names[n] == "store.statement" && names[n-1] == "store.statement"
			if again && n%every != 0 {
				continue
			}
			tried++
			k, t := kill{thread, names, n}, s.t
			t.Run(k.name(), func(t *testing.T) { s.on(t, func() { untold += s.killedAt(next(), k, letters) }) })
		}
		if slices.Contains(names, "mail.answered") && untold == 0 {
			s.t.Error("no kill came between a letter and the commit that says that it was sent")
		}
		s.t.Logf("%s: %d points, %d tried", thread, len(names), tried)
	}
}

// killedAt kills the process under a form at one point, and says what is wrong afterwards. letters is how many the form
// brings about when nobody kills anything; untold how many of them the mail server had and the portal did not know of.
func (s *stage) killedAt(x trial, k kill, letters int) (untold int) {
	s.quiet(k.thread == "seal")
	from := len(s.mail.Letters())
	status, err := s.post(x, fmt.Sprintf("%s %d", k.thread, k.n+1))
	if err == nil && status != x.answer {
		s.t.Fatalf("%s: %d, want %d\n%s", x.at, status, x.answer, s.log)
	}
	if !s.died(15 * time.Second) {
		// What another thread passes differs by a point now and then. Killed from outside, it dies at one that has no number.
		if k.thread == "request" || k.n < len(k.names)-2 {
			s.t.Errorf("the point was never reached\n%s", s.log)
		}
		s.cmd.Process.Kill()
	}
	s.dead()
	s.freed()
	untold = s.untold(x.tag, from)
	s.run()
	questions := 1
	if err != nil { // no answer came: whoever sent the form sends it again
		want := x.answer
		if k.done() {
			want = cmp.Or(x.over, x.answer)
		}
		if status, err := s.post(x, ""); err != nil || status != want {
			s.t.Fatalf("sent again: %d %v, want %d\n%s", status, err, want, s.log)
		}
		if x.asks && k.done() {
			questions++
		}
	}
	s.quiet(false)
	x.check(k.names[k.n] != "store.statement")
	ids := map[string]bool{}
	arrived := s.letters(x.tag, from)
	for _, l := range arrived {
		ids[l.id] = true
	}
	want := letters * questions
	if len(ids) != want || len(arrived) != want+untold {
		s.t.Errorf("%d letters with %d ids arrived, want %d, and %d of them twice", len(arrived), len(ids), want, untold)
	}
	return untold
}

// untold is how many letters of a trial the mail server has of which the portal does not know that. A job of another thread
// may be between the two at any point.
func (s *stage) untold(tag string, from int) (n int) {
	s.t.Helper()
	eventually(s.t, "no connection to the mail server", func() bool { return s.mail.Open() == 0 })
	for _, l := range s.letters(tag, from) {
		id, _, _ := strings.Cut(strings.TrimPrefix(l.id, "<"), "@")
		n += s.count(`SELECT count(*) FROM mail WHERE id = $1 AND state = 'queued'`, id)
	}
	return n
}

// takenOver: what a dead process was at, another takes over by itself once it is clear that it died.
func (s *stage) takenOver() {
	x := useCases[0].prepare(s)()
	from := len(s.mail.Letters())
	s.post(x, "job 1")
	s.dead()
	s.exec(`UPDATE river_job SET attempted_at = '2020-01-01 00:00:00.000' WHERE state = 'running'`)
	s.exec(`DELETE FROM river_leader`)
	s.run()
	eventually(s.t, "the letter of the dead process", func() bool { return len(s.letters(x.tag, from)) == 1 })
}

// passed is what the process passed since the last order.
func (s *stage) passed() (all map[string][]string) {
	s.t.Helper()
	r, err := http.Get("http://" + s.address + "/-/passed")
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&all); err != nil {
		s.t.Fatal(err)
	}
	return all
}

// dead waits until the process is.
func (s *stage) dead() {
	s.t.Helper()
	if !s.died(20 * time.Second) {
		s.t.Fatalf("the point was never reached\n%s", s.log)
	}
}

// died tells whether the process ends within a time.
func (s *stage) died(within time.Duration) bool {
	if s.ended == nil || s.endedOf != s.cmd {
		ended, cmd := make(chan struct{}), s.cmd
		s.ended, s.endedOf = ended, cmd
		go func() { cmd.Wait(); close(ended) }()
	}
	select {
	case <-s.ended:
		return true
	case <-time.After(within):
		return false
	}
}
