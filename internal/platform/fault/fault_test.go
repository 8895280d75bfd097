package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"no_error", nil, 200},
		{"fault", New(Conflict, "a.b"), 409},
		{"wrapped_fault", fmt.Errorf("open: %w", New(NotFound, "a.b")), 404},
		{"anything_else_is_ours", errors.New("disk"), 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Status(c.err); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestCheck_keeps_the_first_message_of_a_field(t *testing.T) {
	var c Check
	c.Need(true, "name", "never")
	if c.Err() != nil {
		t.Fatal("an error without a finding")
	}
	c.Need(false, "name", "first")
	c.Need(false, "name", "second")
	c.Need(false, "email", "third")
	f := Of(c.Err())
	if f == nil || f.Kind != Invalid || len(f.Fields) != 2 || f.At("name").Key != "first" || f.At("email").Key != "third" {
		t.Errorf("got %+v", f)
	}
}
