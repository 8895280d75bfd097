package support

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/store"
	"lodge/internal/platform/store/storetest"
	"lodge/internal/ticket"
)

// on is the same portal by another handle on its database.
func (w *world) on(db *store.DB) *world {
	r, office := *w.Requests, *w.Office
	office.DB = db
	r.Store, r.Office = db, &office
	return &world{Requests: &r, t: w.t, db: db, blobs: w.blobs, log: w.log}
}

// act is one thing somebody does with the request n.
type act func(w *world, n string) error

// meet runs two acts on one request in every order of their statements. Whatever came first, the timeline must be whole, and hold
// must agree.
func meet(t *testing.T, prepare func(w *world) (n string), a, b act, hold func(w *world, n string, a, b error) error) {
	t.Helper()
	t.Parallel()
	storetest.Interleave(t, func(t *testing.T, one, two *store.DB) storetest.Race {
		w := newWorld(t, one)
		other := w.on(two)
		n := prepare(w)
		return storetest.Race{
			A:    func() error { return a(w, n) },
			B:    func() error { return b(other, n) },
			Hold: func(a, b error) error { return errors.Join(sound(other, n), hold(other, n, a, b)) },
		}
	})
}

// sound: the entries of a request are numbered without gap, and nothing is said after its end.
func sound(w *world, n string) error {
	if one[int](w, `SELECT count(*) FROM ticket WHERE number = $1`, n) == 0 {
		return nil
	}
	entries, last := entriesOf(w, n, "TRUE"), one[int](w, `SELECT last_entry FROM ticket WHERE number = $1`, n)
	if highest := one[int](w, `SELECT COALESCE(max(e.seq), 0) FROM ticket_entry e JOIN ticket t ON t.id = e.ticket_id WHERE t.number = $1`, n); entries != last || highest != last {
		return fmt.Errorf("%d entries up to %d, the request says %d", entries, highest, last)
	}
	if stateNow(w, n) == ticket.Closed && entriesOf(w, n, "e.seq = t.last_entry AND e.kind = 'state'") != 1 {
		return errors.New("something is said after the end")
	}
	return nil
}

func stateNow(w *world, n string) ticket.State {
	return one[ticket.State](w, `SELECT state FROM ticket WHERE number = $1`, n)
}

// entriesOf counts entries e of the request t.
func entriesOf(w *world, n, cond string) int {
	return one[int](w, `SELECT count(*) FROM ticket_entry e JOIN ticket t ON t.id = e.ticket_id WHERE t.number = $1 AND `+cond, n)
}

// opened is a request of Piotr's in the vendor's hands.
func opened(w *world) string {
	n := w.open(as("piotr"), "Met by two")
	w.need(w.Move(context.Background(), at("ingrid", "customer"), n, ticket.VendorAnalysis, ""))
	return n
}

// proposed is one with a solution.
func proposed(w *world) string {
	n := opened(w)
	w.need(w.Reply(context.Background(), at("ingrid", "customer"), n, Reply{Text: "Do this", Then: ticket.SolutionProposed}))
	return n
}

func reply(name, text string, then ticket.State) act {
	return func(w *world, n string) error {
		a := as(name)
		if people[name].org != "customer" {
			a = at(name, "customer")
		}
		return w.Reply(context.Background(), a, n, Reply{Text: text, Then: then})
	}
}

func accept(w *world, n string) error {
	return w.Decide(context.Background(), as("adam"), n, Accept, "")
}

// late tells whether an error only says that somebody else was first.
func late(err error, codes ...string) bool {
	for _, code := range codes {
		if fault.Is(err, code) {
			return true
		}
	}
	return err == nil
}

func TestRace_of_two_who_take_a_request_leaves_the_later_as_its_owner(t *testing.T) {
	own := func(name string) act {
		return func(w *world, n string) error { return w.Own(context.Background(), at(name, "customer"), n) }
	}
	meet(t, opened, own("ingrid"), own("erik"), func(w *world, n string, a, b error) error {
		owner := one[string](w, `SELECT x.first_name || ' ' || x.last_name FROM ticket t JOIN person x ON x.id = t.owner_id WHERE t.number = $1`, n)
		last := entriesOf(w, n, `e.seq = t.last_entry AND e.kind = 'owner' AND e.detail LIKE '%`+owner+`%'`)
		if a != nil || b != nil || entriesOf(w, n, "e.kind = 'owner'") != 2 || last != 1 {
			return fmt.Errorf("%v and %v: %s owns it, which the last entry says: %d", a, b, owner, last)
		}
		return nil
	})
}

func TestRace_of_an_answer_and_the_end_adds_nothing_to_what_is_closed(t *testing.T) {
	for name, acts := range map[string][2]act{"answer_first": {reply("ingrid", "One thing more", ""), accept}, "end_first": {accept, reply("ingrid", "One thing more", "")}} {
		t.Run(name, func(t *testing.T) {
			meet(t, proposed, acts[0], acts[1], func(w *world, n string, a, b error) error {
				if !late(a, "ticket.not_open", "ticket.move_refused") || !late(b, "ticket.not_open", "ticket.move_refused") || a != nil && b != nil {
					return fmt.Errorf("%v and %v: %s", a, b, stateNow(w, n))
				}
				return nil
			})
		})
	}
}

func TestRace_of_two_equal_moves_makes_one(t *testing.T) {
	wait := func(name string) act {
		return func(w *world, n string) error {
			return w.Move(context.Background(), at(name, "customer"), n, ticket.Waiting, "")
		}
	}
	meet(t, opened, wait("ingrid"), wait("erik"), func(w *world, n string, a, b error) error {
		moves := entriesOf(w, n, `e.kind = 'state' AND e.detail LIKE '%"to":"waiting-for-information"%'`)
		if (a == nil) == (b == nil) || !late(a, "ticket.move_refused") || !late(b, "ticket.move_refused") || moves != 1 {
			return fmt.Errorf("%v and %v, %d moves", a, b, moves)
		}
		return nil
	})
}

func TestRace_of_a_decision_and_a_new_proposal_ends_with_one_of_them(t *testing.T) {
	again := reply("ingrid", "Better do that", ticket.SolutionProposed)
	refuse := func(w *world, n string) error {
		return w.Decide(context.Background(), as("piotr"), n, Refuse, "It still fails")
	}
	for name, decide := range map[string]act{"accepted": accept, "refused": refuse} {
		t.Run(name, func(t *testing.T) {
			meet(t, proposed, decide, again, func(w *world, n string, a, b error) error {
				state := stateNow(w, n)
				closed := name == "accepted" && state == ticket.Closed && late(b, "ticket.not_open")
				open := name == "refused" && b == nil && (state == ticket.SolutionProposed || state == ticket.Refused)
				if a != nil || !closed && !open {
					return fmt.Errorf("decision %v, proposal %v: %s", a, b, state)
				}
				return nil
			})
		})
	}
}

func TestRace_of_withholding_and_a_partners_answer_lets_no_partner_in_afterwards(t *testing.T) {
	withhold := func(w *world, n string) error { return w.Withhold(context.Background(), as("adam"), n, true) }
	for name, acts := range map[string][2]act{"withheld_first": {withhold, reply("tom", "We look at it", "")}, "answer_first": {reply("tom", "We look at it", ""), withhold}} {
		t.Run(name, func(t *testing.T) {
			meet(t, func(w *world) string { return w.open(as("piotr"), "Between us") }, acts[0], acts[1], func(w *world, n string, a, b error) error {
				after := entriesOf(w, n, "e.side = 'partner' AND e.seq > (SELECT max(h.seq) FROM ticket_entry h WHERE h.ticket_id = t.id AND h.kind = 'partners')")
				seen := one[int](w, `SELECT count(*) FROM ticket_scope s JOIN ticket t ON t.id = s.ticket_id WHERE t.number = $1`, n)
				turn := one[ticket.Side](w, `SELECT turn FROM ticket WHERE number = $1`, n)
				if !late(a, "fault.not_found") || !late(b, "fault.not_found") || after != 0 || seen != 0 || turn == ticket.Partner {
					return fmt.Errorf("%v and %v: %d entries of the partner afterwards, %d scope rows, turn %s", a, b, after, seen, turn)
				}
				return nil
			})
		})
	}
}

// draft is one of Piotr's, with 19 files.
func draft(w *world) string {
	in := question("Not sent yet")
	in.Draft = true
	for i := range ticket.MaxFiles - 1 {
		in.Files = append(in.Files, w.put(as("piotr"), fmt.Sprint("f", i), "x"))
	}
	n, err := w.Open(context.Background(), as("piotr"), in)
	w.need(err)
	return n
}

func versionNow(w *world, n string) int64 {
	return one[int64](w, `SELECT version FROM ticket WHERE number = $1`, n)
}

func TestRace_of_sending_and_discarding_a_draft_does_one_of_both(t *testing.T) {
	send := func(w *world, n string) error {
		return w.ChangeDraft(context.Background(), as("piotr"), n, 1, question("Sent"))
	}
	discard := func(w *world, n string) error { return w.DiscardDraft(context.Background(), as("piotr"), n) }
	for name, acts := range map[string][2]act{"sent_first": {send, discard}, "discarded_first": {discard, send}} {
		t.Run(name, func(t *testing.T) {
			meet(t, draft, acts[0], acts[1], func(w *world, n string, a, b error) error {
				left := one[int](w, `SELECT count(*) FROM ticket WHERE number = $1 AND state = 'new'`, n)
				files := one[int](w, `SELECT count(*) FROM ticket_file`)
				dead := one[int](w, `SELECT count(*) FROM blob WHERE state = 'dead'`)
				sent, gone := a, b
				if name == "discarded_first" {
					sent, gone = b, a
				}
				if (sent == nil) == (gone == nil) || !late(sent, "fault.not_found") || !late(gone, "ticket.not_a_draft") ||
					(left == 1) != (sent == nil) || (files == ticket.MaxFiles-1) != (sent == nil) || (dead == 0) != (sent == nil) {
					return fmt.Errorf("sent %v, discarded %v: %d request, %d files, %d of them dead", sent, gone, left, files, dead)
				}
				return nil
			})
		})
	}
}

func TestRace_of_two_who_add_the_twentieth_file_adds_one(t *testing.T) {
	add := func(name string) act {
		return func(w *world, n string) error {
			in := question("Not sent yet")
			in.Draft, in.Files = true, []ticket.Upload{w.put(as("piotr"), name, "x")}
			return w.ChangeDraft(context.Background(), as("piotr"), n, versionNow(w, n), in)
		}
	}
	meet(t, draft, add("a"), add("b"), func(w *world, n string, a, b error) error {
		files := one[int](w, `SELECT count(*) FROM ticket_file`)
		refused := func(err error) bool { return late(err, "ticket.changed") || fault.Status(err) == 422 }
		if (a == nil) == (b == nil) || !refused(a) || !refused(b) || files != ticket.MaxFiles {
			return fmt.Errorf("%v and %v, %d files", a, b, files)
		}
		return nil
	})
}

func TestRace_of_moving_and_finishing_an_action_does_one_of_both(t *testing.T) {
	only := func(w *world) string { return one[string](w, `SELECT id FROM ticket_action`) }
	move := func(w *world, n string) error {
		return w.MoveAction(context.Background(), at("ingrid", "customer"), n, only(w), 1, "2026-03-27")
	}
	finish := func(w *world, n string) error {
		return w.FinishAction(context.Background(), at("erik", "customer"), n, only(w), 1, "Done")
	}
	planned := func(w *world) string {
		n := opened(w)
		_, err := w.PlanAction(context.Background(), at("ingrid", "customer"), n, Plan{Title: "Look", Date: "2026-03-20", Side: ticket.Vendor})
		w.need(err)
		return n
	}
	meet(t, planned, move, finish, func(w *world, n string, a, b error) error {
		next, state := one[string](w, `SELECT next_on FROM ticket WHERE number = $1`, n), one[string](w, `SELECT state || ' ' || planned_on FROM ticket_action`)
		moved := a == nil && late(b, "ticket.changed") && b != nil && next == "2026-03-27" && state == "planned 2026-03-27"
		finished := b == nil && late(a, "ticket.changed", "ticket.action_over") && a != nil && next == "" && state == "done 2026-03-20"
		if !moved && !finished {
			return fmt.Errorf("%v and %v: next %q, the action is %s", a, b, next, state)
		}
		return nil
	})
}
