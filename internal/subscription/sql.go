package subscription

const columns = `t.id, t.code, t.name, t.about, t.price, t.currency, t.is_immutable, t.status, t.version`

const selectType = `SELECT ` + columns + ` FROM product_type t WHERE t.id = $1`

const selectByKey = `SELECT ` + columns + ` FROM product_type t WHERE t.code_key = $1`

const insertType = `
	INSERT INTO product_type (id, code, code_key, name, about, price, currency, is_immutable, status, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 1)`

const updateType = `
	UPDATE product_type SET name = $2, about = $3, price = $4, currency = $5, is_immutable = $6, status = $7, updated_at = $8, version = version + 1
	WHERE id = $1`

const deleteRegions = `DELETE FROM product_type_region WHERE product_type_id = $1`

const insertRegion = `INSERT INTO product_type_region (product_type_id, country) VALUES ($1, $2) ON CONFLICT (product_type_id, country) DO NOTHING`

// insertPartner changes no row for what is no partner; one that has the type already is written again.
const insertPartner = `
	INSERT INTO product_type_partner (product_type_id, partner_id)
	SELECT CAST($1 AS TEXT), o.id FROM organisation o WHERE o.id = $2 AND o.kind = 'partner' AND NOT o.is_site
	ON CONFLICT (product_type_id, partner_id) DO UPDATE SET partner_id = $2`

// deleteOffers takes the active types but for $2 from partner $1.
const deleteOffers = `
	DELETE FROM product_type_partner
	WHERE partner_id = $1 AND product_type_id IN (SELECT t.id FROM product_type t WHERE t.status = 'active' AND NOT t.id = ANY($2))`

// offered: for partner $1 (” = the vendor), in country $2 (” = any).
const offered = `
	t.status = 'active'
		AND (CAST($1 AS TEXT) = '' OR EXISTS (SELECT 1 FROM product_type_partner p WHERE p.product_type_id = t.id AND p.partner_id = $1))
		AND (CAST($2 AS TEXT) = '' OR NOT EXISTS (SELECT 1 FROM product_type_region r WHERE r.product_type_id = t.id)
			OR EXISTS (SELECT 1 FROM product_type_region r WHERE r.product_type_id = t.id AND r.country = $2))`

const selectOffered = `SELECT ` + columns + ` FROM product_type t WHERE ` + offered + ` ORDER BY t.name, t.id LIMIT 1000`

const selectOfferedOne = `SELECT ` + columns + ` FROM product_type t WHERE t.code_key = $3 AND ` + offered

const selectRegions = `SELECT product_type_id, country FROM product_type_region WHERE product_type_id = ANY($1) ORDER BY product_type_id, country`

// selectAll gives the type of key $1, or all.
const selectAll = `
	SELECT ` + columns + `, (SELECT count(*) FROM (SELECT 1 FROM subscription s WHERE s.product_type_id = t.id LIMIT 100) x)
	FROM product_type t WHERE CAST($1 AS TEXT) = '' OR t.code_key = $1 ORDER BY t.name, t.id LIMIT 1000`

const selectPartners = `SELECT product_type_id, partner_id FROM product_type_partner WHERE product_type_id = ANY($1) ORDER BY product_type_id, partner_id`

const insertSubscription = `
	INSERT INTO subscription (id, org_id, product_type_id, starts_on, trial_until, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $6, 1)`

const updateSubscription = `UPDATE subscription SET product_type_id = $2, updated_at = $3, version = version + 1 WHERE id = $1`

const selectOf = `SELECT s.id, s.org_id, s.product_type_id, s.starts_on, s.trial_until, s.version FROM subscription s WHERE s.org_id = $1`
