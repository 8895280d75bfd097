package importer

import (
	"strings"
	"time"
)

// isDate takes a real day of 1900 to 2199 as YYYY-MM-DD.
func isDate(s string) bool {
	if !shaped(s, "9999-99-99") {
		return false
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return false
	}
	return s >= "1900" && s < "2200"
}

// shaped tells whether a text has digits where the pattern has a 9, and the pattern's own characters elsewhere.
func shaped(s, pattern string) bool {
	if len(s) != len(pattern) {
		return false
	}
	for i := range len(s) {
		if pattern[i] == '9' && !isDigit(s[i]) || pattern[i] != '9' && s[i] != pattern[i] {
			return false
		}
	}
	return true
}

// readTime reads YYYY-MM-DDThh:mm:ss, then Z, an offset, or nothing for a time on the clocks of the zone. The result is UTC.
func readTime(s string, zone *time.Location) (time.Time, bool) {
	const plain = "2006-01-02T15:04:05"
	if len(s) < len(plain) || !isDate(s[:10]) || !shaped(s[10:19], "T99:99:99") {
		return time.Time{}, false
	}
	wall, err := time.Parse(plain, s[:19])
	if err != nil {
		return time.Time{}, false
	}
	switch offset := s[19:]; {
	case offset == "":
		return onClocks(wall, zone)
	case offset == "Z":
		return wall, true
	case strings.HasPrefix(offset, "-") && shaped(offset[1:], "99:99"), shaped(offset, "+99:99"):
		if offset[1:3] > "23" || offset[4:] > "59" {
			return time.Time{}, false
		}
		at, err := time.Parse("2006-01-02T15:04:05-07:00", s)
		return at.UTC(), err == nil
	}
	return time.Time{}, false
}

// onClocks is the moment at which the clocks of a zone showed a time, the earlier one if they did twice; false if they never did.
//
// time.Date answers for such times too, but not always with the same one of the two, so both sides of the nearest change
// of offset are tried.
func onClocks(wall time.Time, zone *time.Location) (time.Time, bool) {
	near := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	tries := []time.Time{near}
	start, end := near.ZoneBounds()
	if !start.IsZero() {
		tries = append(tries, start.Add(-time.Second))
	}
	if !end.IsZero() {
		tries = append(tries, end)
	}
	var found time.Time
	for _, t := range tries {
		_, offset := t.In(zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		_, real := at.In(zone).Zone()
		if real == offset && (found.IsZero() || at.Before(found)) {
			found = at
		}
	}
	return found, !found.IsZero()
}
