package importer

// between holds the cells of a row against each other, in the order in which the format names the rules.
func between(row *Row) *Refusal {
	switch row.File.Name {
	case Memberships:
		return reversed(row, "since", "until")
	case Relations:
		return reversed(row, "from", "until")
	case Licences:
		if row.Text("term") != "perpetual" && row.Text("valid_until") == "" {
			return &Refusal{Code: "value_missing", Column: "valid_until"}
		}
		return reversed(row, "issued_on", "valid_until")
	case SupportContracts:
		return reversed(row, "starts_on", "ends_on")
	case Entitlements:
		if (row.Text("licence_id") == "") == (row.Text("product_id") == "") {
			return &Refusal{Code: "value_invalid", Column: "licence_id", Value: row.Cell("licence_id"), Args: []any{"wanted", exactlyOne()}}
		}
	}
	return nil
}

// reversed refuses a period that ends before it begins; an end that is left out is later than every day.
func reversed(row *Row, from, until string) *Refusal {
	first, last := row.Text(from), row.Text(until)
	if last == "" || last >= first {
		return nil
	}
	return &Refusal{Code: "dates_reversed", Column: until, Value: last, Args: []any{"other", from, "first", first}}
}
