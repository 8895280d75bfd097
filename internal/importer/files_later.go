package importer

// The files of features that come later. Their headers are checked with every import.

func requestColumns() []Column {
	return []Column{
		textColumn("number", 60).required(),
		refColumn("organisation_id", Organisations).required().fixed(),
		refColumn("site_id", Sites).fixed(),
		refColumn("requester_id", People),
		textColumn("requester_name", 200).required(),
		refColumn("created_by_id", People),
		textColumn("created_by_name", 200),
		refColumn("product_id", Products),
		wordColumn("kind", "question", "defect", "wish").required(),
		numberColumn("severity", 1, 4).required(),
		wordColumn("state", "draft", "new", "partner-analysis", "vendor-analysis", "waiting-for-information",
			"solution-proposed", "closed", "cancelled").required(),
		wordColumn("escalation", "requested", "accepted", "declined", "in-progress", "resolved", "closed"),
		wordColumn("phase", "evaluation", "pre-production", "production", "deployment"),
		longColumn("impact", 4000),
		textColumn("subject", 300).required(),
		plainColumn("created_at", Time).required(),
		plainColumn("updated_at", Time).required(),
		plainColumn("closed_at", Time),
	}
}

func messageColumns() []Column {
	return []Column{
		refColumn("request_id", Requests).required().fixed(),
		refColumn("author_id", People),
		textColumn("author_name", 200).required(),
		wordColumn("side", "customer", "partner", "vendor").required(),
		wordColumn("visibility", "all", "internal").required(),
		plainColumn("at", Time).required(),
		longColumn("body", 1_000_000).required(),
	}
}
