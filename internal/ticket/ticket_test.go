package ticket

import (
	"errors"
	"strings"
	"testing"

	"lodge/internal/platform/fault"
	"lodge/internal/platform/who"
)

func TestTurn_follows_from_state_and_who_wrote(t *testing.T) {
	for _, c := range []struct {
		state  State
		served Side
		by     Side
		want   State
		turn   Side
	}{
		{New, Partner, Partner, PartnerAnalysis, Customer},
		{New, Partner, Vendor, VendorAnalysis, Customer},
		{New, Vendor, Vendor, VendorAnalysis, Customer},
		{New, Vendor, Partner, New, Vendor},
		{New, Partner, Customer, New, Partner},
		{PartnerAnalysis, Partner, Vendor, PartnerAnalysis, Customer},
		{VendorAnalysis, Vendor, Customer, VendorAnalysis, Vendor},
		{VendorAnalysis, Vendor, Partner, VendorAnalysis, Vendor},
		{Waiting, Vendor, Customer, VendorAnalysis, Vendor},
		{Waiting, Partner, Customer, PartnerAnalysis, Partner},
		{Waiting, Vendor, Vendor, Waiting, Customer},
		{Waiting, Vendor, Partner, Waiting, Customer},
		{SolutionProposed, Vendor, Customer, SolutionProposed, Vendor},
		{SolutionProposed, Vendor, Vendor, SolutionProposed, Customer},
		{Refused, Vendor, Vendor, VendorAnalysis, Customer},
		{Reopened, Partner, Partner, PartnerAnalysis, Customer},
	} {
		if state, turn := AfterPost(c.state, c.served, c.by); state != c.want || turn != c.turn {
			t.Errorf("%s served by %s, %s writes: %s, turn %s; want %s, %s", c.state, c.served, c.by, state, turn, c.want, c.turn)
		}
	}
	for state, want := range map[State]Side{Draft: Nobody, New: Partner, PartnerAnalysis: Partner, Waiting: Customer, SolutionProposed: Customer, Refused: Partner,
		Reopened: Partner, Closed: Nobody, Cancelled: Nobody} {
		if got := AfterState(state, Partner); got != want {
			t.Errorf("%s: turn %q, want %q", state, got, want)
		}
	}
}

func TestMoves_only_the_customer_closes_refuses_and_reopens(t *testing.T) {
	all := append([]State{Draft, Closed, Cancelled}, OpenStates...)
	for _, by := range []Side{Customer, Partner, Vendor} {
		for _, from := range all {
			for _, to := range all {
				if !CanMove(by, from, to) {
					continue
				}
				if from == Draft || to == Draft || to == New || from == to || from == Cancelled {
					t.Errorf("%s may go from %s to %s", by, from, to)
				}
				if own := to == Closed || to == Refused || to == Reopened; own != (by == Customer) && to != Cancelled {
					t.Errorf("%s may go from %s to %s", by, from, to)
				}
			}
		}
	}
	if !CanMove(Customer, SolutionProposed, Closed) || CanMove(Customer, New, Closed) {
		t.Error("a request is closed by accepting a solution, and by nothing else")
	}
}

func TestSideOf_follows_from_why_one_may_be_here(t *testing.T) {
	for source, want := range map[who.Source]Side{who.Own: Customer, who.Partnership: Partner, who.Staff: Vendor, who.System: System} {
		if got := SideOf(who.Actor{Source: source}); got != want {
			t.Errorf("%s: %s", source, got)
		}
	}
}

func TestNumber_reads_what_people_type_and_gives_nothing_away(t *testing.T) {
	for _, typed := range []string{"SR-0000-0000", "sr-oooo-0000", " SR 0000 0000 "} {
		if n, err := Number(Request, typed); err != nil || n != "SR-0000-0000" {
			t.Errorf("%q gives %q, %v", typed, n, err)
		}
	}
	for _, typed := range []string{"", "SR-0000-0001", "TK-0000-0000", "SR-0000", "x", "SR-0000-00000"} {
		if _, err := Number(Request, typed); !fault.Is(err, "fault.not_found") {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestFound_names_each_ticket_once(t *testing.T) {
	got := Found([]string{"ticket:b:internal", "ticket:a:public", "ticket:b:public", "article:c"})
	if strings.Join(got, " ") != "b a" {
		t.Errorf("%q", got)
	}
}

func TestChange_reads_a_detail(t *testing.T) {
	e := Entry{Detail: detail(Detail{Did: "moved", From: "2026-03-17", To: "2026-03-18", Title: `"x"`})}
	d, err := e.Change()
	if err != nil || d.Title != `"x"` || d.From != "2026-03-17" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := (Entry{Detail: "{"}).Change(); err == nil || errors.Is(err, fault.Missing()) {
		t.Errorf("half a detail: %v", err)
	}
}
