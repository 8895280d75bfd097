package web

import (
	"strings"
	"time"

	"lodge/internal/platform/fault"
)

// Edge writes the key of a row into an address: the time that a list is sorted by, and the id.
func Edge(at time.Time, id string) string { return at.UTC().Format(time.RFC3339Nano) + "_" + id }

// ParseEdge reads what Edge wrote; nothing is the zero time. BadRequest for what it did not write.
func ParseEdge(s string) (at time.Time, id string, err error) {
	if s == "" {
		return at, "", nil
	}
	moment, id, ok := strings.Cut(s, "_")
	if at, err = time.Parse(time.RFC3339Nano, moment); !ok || err != nil || at.IsZero() {
		return time.Time{}, "", fault.New(fault.BadRequest, "web.page_unknown")
	}
	return at, id, nil
}
