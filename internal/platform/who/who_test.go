package who

import (
	"testing"

	"lodge/internal/platform/fault"
)

func TestMust(t *testing.T) {
	for _, c := range []struct {
		name  string
		actor Actor
		act   Action
		want  int
	}{
		{"default_deny", Actor{Person: "p"}, "ticket.open", 403},
		{"granted", Actor{Rights: Rights{"ticket.open": true}}, "ticket.open", 200},
		{"own_page_of_nobody", Actor{}, Person, 401},
		{"own_page", Actor{Person: "p"}, Person, 200},
		{"public_page", Actor{}, Anybody, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fault.Status(c.actor.Must(c.act)); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
	if f := fault.Of(Actor{}.Must("ticket.open")); f.Right != "ticket.open" {
		t.Errorf("the refusal does not name the right: %+v", f)
	}
}

func TestTable_adds_roles_together_and_member_rights_to_all(t *testing.T) {
	table := Table{"": {"see"}, "clerk": {"lend"}, "boss": {"lend", "fire"}}
	if r := table.Rights([]string{"clerk"}); !r["see"] || !r["lend"] || r["fire"] {
		t.Errorf("clerk may %v", r)
	}
	if got := table.Holders("lend"); len(got) != 2 || got[0] != "boss" || got[1] != "clerk" {
		t.Errorf("holders %v", got)
	}
	if r := table.Rights([]string{"unknown"}); len(r) != 1 {
		t.Errorf("an unknown role may %v", r)
	}
}
