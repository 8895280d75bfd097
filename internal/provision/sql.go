package provision

const selectTrialDays = `SELECT trial_days FROM reseller WHERE org_id = $1`

const selectStanding = `SELECT role FROM reseller_role WHERE org_id = $1 ORDER BY role`

const upsertReseller = `
	INSERT INTO reseller (org_id, trial_days, updated_at, version) VALUES ($1, $2, $3, 1)
	ON CONFLICT (org_id) DO UPDATE SET trial_days = $2, updated_at = $3, version = reseller.version + 1`

// selectResellers lists the partners after the name $1 and number $2, or finds the one with number $4.
const selectResellers = `
	SELECT o.id, o.number, o.name, o.status, COALESCE(r.trial_days, 0), COALESCE(r.version, 0),
		(SELECT string_agg(x.role, ' ') FROM reseller_role x WHERE x.org_id = o.id),
		(SELECT string_agg(t.code, ' ') FROM product_type_partner p JOIN product_type t ON t.id = p.product_type_id WHERE p.partner_id = o.id AND t.status = 'active')
	FROM organisation o
	LEFT JOIN reseller r ON r.org_id = o.id
	WHERE o.kind = 'partner' AND NOT o.is_site AND (o.name, o.number) > ($1, $2) AND (CAST($4 AS BIGINT) = 0 OR o.number = $4)
	ORDER BY o.name, o.number
	LIMIT $3`

const deleteStanding = `DELETE FROM reseller_role WHERE org_id = $1`

const insertStanding = `INSERT INTO reseller_role (org_id, role) VALUES ($1, $2) ON CONFLICT (org_id, role) DO NOTHING`

const insertCustomer = `
	INSERT INTO customer (org_id, reseller_id, name_key, notes, created_by, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)`

const updateCustomer = `UPDATE customer SET name_key = $2, notes = $3, version = version + 1 WHERE org_id = $1`

// countName counts the reseller's customers of this name but for one.
const countName = `SELECT count(*) FROM customer WHERE reseller_id = $1 AND name_key = $2 AND org_id <> $3`

// selectCustomer finds a customer by number $1: any for the vendor, and for a partner $2 one for whom it may act at $3. The first person is the first who was
// invited.
const selectCustomer = `
	SELECT o.id, o.number, o.name, o.reference, o.country, o.language, o.zone, o.format, o.status, o.created_on, o.version,
		c.reseller_id, c.notes, c.version, t.code, t.name, t.is_immutable, s.starts_on, s.trial_until, s.version,
		m.first_name, m.last_name, CASE WHEN m.email <> '' THEN m.email WHEN p.closed_at IS NULL THEN p.email ELSE '' END
	FROM organisation o
	LEFT JOIN customer c ON c.org_id = o.id
	LEFT JOIN subscription s ON s.org_id = o.id
	LEFT JOIN product_type t ON t.id = s.product_type_id
	LEFT JOIN membership m ON c.org_id IS NOT NULL AND m.id = (SELECT f.id FROM membership f WHERE f.org_id = o.id ORDER BY f.id LIMIT 1)
	LEFT JOIN person p ON p.id = m.person_id
	WHERE o.number = $1 AND o.kind = 'customer' AND NOT o.is_site
		AND (CAST($2 AS TEXT) = '' OR EXISTS (SELECT 1 FROM scope x WHERE x.scope_id = $2 AND x.org_id = o.id AND x.from_at <= $3 AND x.until_at > $3))`

const draftColumns = `d.id, d.name, d.product_type, d.reference, d.country, d.language, d.notes, d.is_trial, d.trial_until, d.first_name, d.last_name, d.email, d.version`

const selectDraft = `SELECT ` + draftColumns + ` FROM customer_draft d WHERE d.id = $1 AND d.reseller_id = $2`

const countDrafts = `SELECT count(*) FROM (SELECT 1 FROM customer_draft WHERE reseller_id = $1 LIMIT $2) x`

const insertDraft = `
	INSERT INTO customer_draft (id, reseller_id, name, product_type, reference, country, language, notes, is_trial, trial_until, first_name, last_name, email,
		created_by, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', $11, $12, $12, 1)`

const updateDraftDetails = `
	UPDATE customer_draft SET name = $2, product_type = $3, reference = $4, country = $5, language = $6, notes = $7, is_trial = $8, trial_until = $9,
		updated_at = $10, version = version + 1
	WHERE id = $1`

const updateDraftUser = `UPDATE customer_draft SET first_name = $2, last_name = $3, email = $4, updated_at = $5, version = version + 1 WHERE id = $1`

const deleteDraft = `DELETE FROM customer_draft WHERE id = $1`

const deleteLine = `DELETE FROM customer_line WHERE id = $1 AND status = $2`

// selectForLine reads what a line shows; there is none for sites, partners and the vendor.
const selectForLine = `
	SELECT o.number, o.name, o.name_key, o.created_on, o.created_at, o.zone, o.status, o.reference, c.reseller_id, t.code_key, s.trial_until
	FROM organisation o
	LEFT JOIN customer c ON c.org_id = o.id
	LEFT JOIN subscription s ON s.org_id = o.id
	LEFT JOIN product_type t ON t.id = s.product_type_id
	WHERE o.id = $1 AND o.kind = 'customer' AND NOT o.is_site`

const upsertLine = `
	INSERT INTO customer_line (id, reseller_id, number, name, name_key, created_on, status, reference, reference_key, type_key, trial_until, progress)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	ON CONFLICT (id) DO UPDATE SET reseller_id = $2, number = $3, name = $4, name_key = $5, created_on = $6, status = $7, reference = $8, reference_key = $9,
		type_key = $10, trial_until = $11, progress = $12`

// upsertDraftLine leaves the day on which the draft was begun.
const upsertDraftLine = `
	INSERT INTO customer_line (id, reseller_id, number, name, name_key, created_on, status, reference, reference_key, type_key, trial_until, progress)
	VALUES ($1, $2, 0, $3, $4, $5, 'draft', $6, $7, $8, $9, $10)
	ON CONFLICT (id) DO UPDATE SET name = $3, name_key = $4, reference = $6, reference_key = $7, type_key = $8, trial_until = $9, progress = $10`

const selectTypes = `SELECT code_key, name FROM product_type ORDER BY id LIMIT 1000`

// selectLines is completed with the column that sorts, the direction as comparison and as word, and the reach. Its parameters are: the key and the id after which the
// page starts, the limit, status, product type, progress, a pattern for LIKE and the product types that match it, and those of the reach.
const selectLines = `
	SELECT l.id, l.number, l.name, l.created_on, l.status, l.reference, t.code, t.name, l.trial_until, l.progress, l.reseller_id, o.country, CAST(l.%[1]s AS TEXT)
	FROM customer_line l
	LEFT JOIN product_type t ON t.code_key = l.type_key
	LEFT JOIN organisation o ON o.id = l.id
	WHERE (l.%[1]s, l.id) %[2]s ($1, $2)
		AND (CAST($4 AS TEXT) = '' OR l.status = $4) AND (CAST($5 AS TEXT) = '' OR l.type_key = $5) AND (CAST($6 AS TEXT) = '' OR l.progress = $6)
		AND (CAST($7 AS TEXT) = '' OR l.name_key LIKE $7 ESCAPE '\' OR l.reference_key LIKE $7 ESCAPE '\' OR CAST(l.number AS TEXT) LIKE $7 ESCAPE '\' OR l.type_key = ANY($8))
		AND %[4]s
	ORDER BY l.%[1]s%[3]s, l.id%[3]s
	LIMIT $3`

// inReach: the vendor sees all customers, and drafts of its own only. $9 is its family.
const inReach = `(l.status <> 'draft' OR l.reseller_id = ANY($9))`

// inScope: a partner sees customers for whom it may act at $10, and drafts of its own. $9 is the partner.
const inScope = `l.id IN (
			SELECT s.org_id FROM scope s WHERE s.scope_id = $9 AND s.from_at <= $10 AND s.until_at > $10
			UNION ALL SELECT d.id FROM customer_draft d WHERE d.reseller_id = $9)`
