package web

import (
	"testing"
	"time"

	"lodge/internal/platform/fault"
)

func TestEdge_is_read_back_and_nothing_else_is(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 123000, time.FixedZone("", 3600))
	if got, id, err := ParseEdge(Edge(at, "a_b")); err != nil || !got.Equal(at) || id != "a_b" {
		t.Errorf("read back as %v %q, %v", got, id, err)
	}
	if got, id, err := ParseEdge(""); err != nil || !got.IsZero() || id != "" {
		t.Errorf("nothing is %v %q, %v", got, id, err)
	}
	for _, s := range []string{"x", "_", "_a", "2026-03-02_a", "0001-01-01T00:00:00Z_a", "2026-03-02T10:00:00Z"} {
		if _, _, err := ParseEdge(s); !fault.Is(err, "web.page_unknown") {
			t.Errorf("%q is read: %v", s, err)
		}
	}
}
