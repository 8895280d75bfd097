package importer

// Names of the files, in the order in which they are imported.
const (
	Organisations    = "organisations.csv"
	Sites            = "sites.csv"
	People           = "people.csv"
	Memberships      = "memberships.csv"
	Relations        = "relations.csv"
	Products         = "products.csv"
	Licences         = "licences.csv"
	SupportContracts = "support_contracts.csv"
	Entitlements     = "entitlements.csv"
	Requests         = "requests.csv"
	RequestMessages  = "request_messages.csv"
	Downloads        = "downloads.csv"
)

// Files are all files of the format with their columns, in the order of the import.
func Files() []*File {
	return []*File{
		{Name: Organisations, Columns: organisationColumns()},
		{Name: Sites, Columns: siteColumns()},
		{Name: People, Columns: peopleColumns()},
		{Name: Memberships, Columns: membershipColumns()},
		{Name: Relations, Columns: relationColumns()},
		{Name: Products, Columns: productColumns()},
		{Name: Licences, Columns: licenceColumns()},
		{Name: SupportContracts, Columns: contractColumns()},
		{Name: Entitlements, Columns: entitlementColumns()},
		{Name: Requests, Columns: requestColumns(), Later: true},
		{Name: RequestMessages, Columns: messageColumns(), Later: true},
		{Name: Downloads, Columns: downloadColumns()},
	}
}

func address() []Column {
	return []Column{textColumn("street", 200), textColumn("postcode", 20), textColumn("city", 100)}
}

func organisationColumns() []Column {
	c := []Column{
		plainColumn("number", OrgNumber).fixed(),
		wordColumn("kind", "customer", "partner").required().fixed(),
		textColumn("name", 200).required(),
		plainColumn("country", Country).required(),
	}
	c = append(c, address()...)
	return append(c,
		textColumn("vat_id", 30),
		plainColumn("language", Language),
		textColumn("reference", 100),
		wordColumn("status", "active", "disabled", "terminated").required(),
		plainColumn("created_on", Date),
		longColumn("notes", 65536),
	)
}

func siteColumns() []Column {
	c := []Column{
		refColumn("organisation_id", Organisations).required().fixed(),
		plainColumn("number", OrgNumber).fixed(),
		textColumn("name", 200).required(),
		plainColumn("country", Country).required(),
	}
	c = append(c, address()...)
	return append(c, textColumn("reference", 100), wordColumn("status", "active", "disabled", "terminated").required())
}

func peopleColumns() []Column {
	return []Column{
		plainColumn("email", Email).required(),
		plainColumn("email_verified_at", Time),
		textColumn("first_name", 100).required(),
		textColumn("last_name", 100).required(),
		plainColumn("language", Language),
		textColumn("phone", 40),
		wordColumn("status", "active", "disabled").required(),
		textColumn("password_scheme", 40),
		textColumn("password_hash", 600).secret(),
		plainColumn("created_at", Time),
		plainColumn("last_sign_in_at", Time),
	}
}

func membershipColumns() []Column {
	return []Column{
		refColumn("person_id", People).required().fixed(),
		refColumn("organisation_id", Organisations).required().fixed(),
		refColumn("site_id", Sites).fixed(),
		plainColumn("roles", List),
		plainColumn("primary", YesNo),
		wordColumn("status", "active", "invited", "obsolete").required(),
		plainColumn("since", Date),
		plainColumn("until", Date),
	}
}

func relationColumns() []Column {
	return []Column{
		refColumn("partner_id", Organisations).required().fixed(),
		refColumn("customer_id", Organisations).required().fixed(),
		plainColumn("roles", List).required(),
		plainColumn("from", Date).required(),
		plainColumn("until", Date),
	}
}

func productColumns() []Column {
	return []Column{
		codeColumn("code", 40).required().fixed(),
		textColumn("name", 200).required(),
		wordColumn("status", "active", "retired").required(),
		plainColumn("external_portal_url", URL),
	}
}

func licenceColumns() []Column {
	return []Column{
		plainColumn("number", LicenceNumber).required().fixed(),
		refColumn("organisation_id", Organisations).required().fixed(),
		refColumn("site_id", Sites).fixed(),
		refColumn("product_id", Products).required().fixed(),
		numberColumn("quantity", 1, 1_000_000).required(),
		wordColumn("term", "perpetual", "subscription", "trial").required(),
		plainColumn("issued_on", Date).required(),
		plainColumn("valid_until", Date),
		wordColumn("status", "active", "retired", "revoked").required(),
		textColumn("order_reference", 100),
	}
}

func contractColumns() []Column {
	return []Column{
		textColumn("number", 60).required(),
		refColumn("organisation_id", Organisations).required().fixed(),
		wordColumn("level", "standard", "24x7", "premier").required(),
		plainColumn("starts_on", Date).required(),
		plainColumn("ends_on", Date).required(),
		wordColumn("status", "active", "cancelled").required(),
	}
}

func entitlementColumns() []Column {
	return []Column{
		refColumn("contract_id", SupportContracts).required().fixed(),
		refColumn("licence_id", Licences).fixed(),
		refColumn("product_id", Products).fixed(),
	}
}

func downloadColumns() []Column {
	return []Column{
		refColumn("person_id", People).required().fixed(),
		refColumn("product_id", Products).required().fixed(),
		refColumn("organisation_id", Organisations).fixed(),
		textColumn("file_name", 255).required(),
		textColumn("version", 60).required(),
		plainColumn("file_date", Date),
		plainColumn("downloaded_at", Time).required(),
	}
}
