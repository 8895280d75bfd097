package importer

import "slices"

// FirstFree is the first number that Lodge may give to organisations of an import: above all that are in use, and above those
// of the folder's rows that are still to come.
//
// Where the highest of them comes from an old system, some are left free above it: the next folder may bring the other
// old system's customers, whose numbers go on where these end, and a number that Lodge has given meanwhile would take
// it from them.
func FirstFree(inUse, brought int64) int64 {
	if inUse > brought {
		return inUse + 1
	}
	const gap, round = 1_000, 10_000
	return (brought + gap + round) / round * round
}

// Member is what one row says about a membership, with the roles that were kept.
type Member struct {
	Made         bool // the row made the membership
	Status       string
	Roles        []string
	Since, Until string
}

// MergeMembers is the membership that all rows which mean it say together: the cells of the row that made it, the roles of
// all, and obsolete if one of them says so. The rows are in the order in which they were taken first.
func MergeMembers(rows []Member) Member {
	var m Member
	for _, r := range rows {
		if r.Made {
			m.Made, m.Status, m.Since, m.Until = true, r.Status, r.Since, r.Until
		}
	}
	for _, r := range rows {
		if r.Status == "obsolete" {
			m.Status = r.Status
		}
		for _, role := range r.Roles {
			if !slices.Contains(m.Roles, role) {
				m.Roles = append(m.Roles, role)
			}
		}
	}
	return m
}
