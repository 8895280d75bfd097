package importer

const rowColumns = `source, file, source_id, seq, sum, fixed, notes, target, made, email, usable, cells`

const selectOwn = `SELECT ` + rowColumns + ` FROM import_row WHERE row_key = ANY($1)`

const selectByTarget = `SELECT ` + rowColumns + ` FROM import_row WHERE target = ANY($1) ORDER BY seq`

const selectMadeByEmail = `SELECT ` + rowColumns + ` FROM import_row WHERE made AND email <> '' AND email = ANY($1)`

const selectLastSeq = `SELECT COALESCE(max(seq), 0) FROM import_row`

const insertRow = `
	INSERT INTO import_row (` + rowColumns + `, row_key, taken_at)
	VALUES `

// updateRow follows insertRow: a known row keeps its place and its thing.
const updateRow = `
	ON CONFLICT (row_key) DO UPDATE SET
		sum = excluded.sum, notes = excluded.notes, email = excluded.email, usable = excluded.usable, cells = excluded.cells, taken_at = excluded.taken_at`

const orgRowColumns = `id, number, kind, country, is_site, root_id, language, zone, name`

const selectOrganisations = `SELECT ` + orgRowColumns + ` FROM organisation WHERE id = ANY($1)`

const selectByNumbers = `SELECT ` + orgRowColumns + ` FROM organisation WHERE number IN `

const selectProducts = `SELECT id, code_key FROM product WHERE id = ANY($1)`

const selectByCodes = `SELECT id, code_key FROM product WHERE code_key = ANY($1)`

const selectLicences = `SELECT id, number, org_id, product_id FROM licence WHERE id = ANY($1)`

const selectByLicences = `SELECT id, number, org_id, product_id FROM licence WHERE number = ANY($1)`

const selectContracts = `SELECT id, org_id FROM support_contract WHERE id = ANY($1)`

const selectRelationsTo = `SELECT id, partner_id, customer_id, from_on, until_on FROM partnership WHERE customer_id = ANY($1) ORDER BY id`

const countLeaders = `
	SELECT m.org_id, count(*)
	FROM membership m
	JOIN membership_role r ON r.membership_id = m.id AND r.role = 'security-administrator'
	WHERE m.org_id = ANY($1) AND m.state IN ('active', 'imported', 'invited')
	GROUP BY m.org_id`

const selectHeads = `SELECT id, number, name FROM organisation WHERE id = ANY($1)`
