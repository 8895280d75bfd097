package licence

const columns = `l.id, l.number, l.org_id, l.site_id, l.product_id, l.quantity, l.term, l.issued_on, l.valid_until, l.status, l.order_ref, l.version`

const selectLicence = `SELECT ` + columns + ` FROM licence l WHERE l.id = $1`

const selectOfOrg = `
	SELECT ` + columns + `
	FROM licence l
	JOIN organisation o ON o.root_id = l.org_id
	WHERE o.id = $1 AND l.number > $2
	ORDER BY l.number
	LIMIT $3`

const insertLicence = `
	INSERT INTO licence (id, number, org_id, site_id, product_id, quantity, term, issued_on, valid_until, status, order_ref, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1)`

const updateLicence = `
	UPDATE licence SET quantity = $2, term = $3, issued_on = $4, valid_until = $5, status = $6, order_ref = $7, updated_at = $8, version = version + 1
	WHERE id = $1`
