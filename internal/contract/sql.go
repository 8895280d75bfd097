package contract

const columns = `c.id, c.number, c.org_id, c.level, c.starts_on, c.ends_on, c.status, c.version`

// family finds the head, on whom all contracts lie.
const family = ` FROM support_contract c JOIN organisation o ON o.root_id = c.org_id WHERE o.id = $1`

const selectContract = `SELECT ` + columns + ` FROM support_contract c WHERE c.id = $1`

const selectOfOrg = `SELECT ` + columns + family + ` ORDER BY c.ends_on DESC, c.id DESC LIMIT 1000`

const selectActive = `SELECT ` + columns + family + `
	AND c.status = 'active' AND c.starts_on <= $2 AND c.ends_on >= $2
	ORDER BY c.ends_on DESC, c.id DESC
	LIMIT 1`

const selectEntitled = `SELECT c.id` + family + `
	AND c.status = 'active' AND c.starts_on <= $3 AND c.ends_on >= $3
	AND (EXISTS (SELECT 1 FROM entitlement e WHERE e.contract_id = c.id AND e.product_id = $2)
		OR NOT EXISTS (SELECT 1 FROM entitlement e WHERE e.contract_id = c.id))
	ORDER BY c.ends_on DESC, c.id DESC
	LIMIT 1`

const selectCovered = `
	SELECT DISTINCT e.contract_id, e.product_id
	FROM entitlement e
	JOIN organisation o ON o.root_id = e.org_id
	WHERE o.id = $1`

const insertContract = `
	INSERT INTO support_contract (id, number, org_id, level, starts_on, ends_on, status, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)`

const updateContract = `
	UPDATE support_contract SET number = $2, level = $3, starts_on = $4, ends_on = $5, status = $6, updated_at = $7, version = version + 1
	WHERE id = $1`

const insertEntitlement = `
	INSERT INTO entitlement (id, contract_id, org_id, product_id, licence_id, created_at)
	VALUES ($1, $2, $3, $4, $5, $6)`
