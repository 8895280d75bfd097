package faults

import (
	"fmt"
	"testing"
	"time"

	"lodge/internal/platform/mail"
	"lodge/internal/platform/store"
)

// TestAttack_OPS_13: what waited while a mail server was away goes out once it is back, each letter once, and nobody waits
// for a page because of it.
func TestAttack_OPS_13_ten_thousand_letters_drain_once_while_a_page_answers(t *testing.T) {
	t.Parallel()
	const letters = 10_000
	for name, e := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, e.database(t))
			anna := s.signedIn("customer-admin")
			s.cmd.Process.Kill()
			s.cmd.Wait()
			s.freed()
			s.queue(letters)
			s.run()
			begun, pages, slowest := time.Now(), 0, time.Duration(0)
			for {
				asked := time.Now()
				s.get(anna, s.page("contacts"))
				slowest = max(slowest, time.Since(asked))
				pages++
				waiting := s.count(`SELECT count(*) FROM mail WHERE state <> 'sent'`)
				if waiting == 0 {
					break
				}
				if time.Since(begun) > 2*time.Minute {
					t.Fatalf("%d letters are still waiting", waiting)
				}
				time.Sleep(100 * time.Millisecond)
			}
			took := time.Since(begun)
			t.Logf("%d letters in %v, %.0f a second; %d pages meanwhile, the slowest in %v", letters, took, letters/took.Seconds(), pages, slowest)
			s.quiet(false)
			s.arrivedOnce(letters)
			if n := s.count(`SELECT count(*) FROM mail WHERE attempts > 1 OR error <> ''`); n != 0 {
				t.Errorf("%d letters needed a second try", n)
			}
			if slowest > 3*time.Second {
				t.Errorf("a page took %v", slowest)
			}
		})
	}
}

// queue writes so many letters, each to an address of its own.
func (s *stage) queue(letters int) {
	s.t.Helper()
	const together = 500
	for n := 0; n < letters; n += together {
		err := s.console.Store.Write(s.t.Context(), store.Free, func(tx *store.Tx) error {
			for i := n; i < n+together; i++ {
				_, err := s.console.Office.Post(tx, mail.Letter{To: fmt.Sprintf("l%05d@kowalski-maszyny.example", i), Language: "en",
					Kind: "identity.mail.reset", Args: []any{"link", fmt.Sprintf("https://portal.example/forgotten/%05d", i), "email", "x"}})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// arrivedOnce says which of the queued letters did not arrive, or more than once.
func (s *stage) arrivedOnce(letters int) {
	s.t.Helper()
	arrived := map[string]int{}
	for _, l := range s.mail.Letters() {
		arrived[l.To]++
	}
	for i := range letters {
		if n := arrived[fmt.Sprintf("l%05d@kowalski-maszyny.example", i)]; n != 1 {
			s.t.Errorf("letter %d arrived %d times", i, n)
		}
	}
}
