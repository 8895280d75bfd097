package subscription

import "testing"

func TestFirst_is_the_rest_of_the_month_by_day_and_then_a_month_in_advance(t *testing.T) {
	for _, c := range []struct {
		name              string
		price             int64
		start, payable    string
		from, until, bill string
		part              int64
	}{
		{"from 15 March, 17 of 31 days", 3100, "2026-03-15", "", "2026-03-15", "2026-03-31", "2026-04-01", 1700},
		{"from 27 April, 4 of 30", 3000, "2026-04-27", "", "2026-04-27", "2026-04-30", "2026-05-01", 400},
		{"half a cent goes up", 4001, "2026-11-16", "", "2026-11-16", "2026-11-30", "2026-12-01", 2001},
		{"ten of thirty", 4000, "2026-11-21", "", "2026-11-21", "2026-11-30", "2026-12-01", 1333},
		{"the whole month", 4000, "2026-11-01", "", "2026-11-01", "2026-11-30", "2026-12-01", 4000},
		{"the last day of a leap February", 2900, "2028-02-29", "", "2028-02-29", "2028-02-29", "2028-03-01", 100},
		{"over the year", 3100, "2026-12-31", "", "2026-12-31", "2026-12-31", "2027-01-01", 100},
		{"after a trial", 3100, "2026-10-19", "2026-12-03", "2026-12-03", "2026-12-31", "2027-01-01", 2900},
	} {
		got := Type{Price: c.price, Currency: "EUR"}.First(c.start, c.payable)
		if got.From != c.from || got.Until != c.until || got.InvoiceOn != c.bill || got.Part.Minor != c.part || got.Monthly.Minor != c.price {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := (Type{Price: 4000}).First("nonsense", ""); got.InvoiceOn != "" || got.Monthly.Minor != 4000 {
		t.Errorf("a day that is none: %+v", got)
	}
}
