package product

const columns = `p.id, p.code, p.slug, p.name, p.status, p.portal_url, p.version, p.scheme, p.is_free, p.needs_signature`

const selectProduct = `SELECT ` + columns + ` FROM product p WHERE p.id = $1`

const selectByKey = `SELECT ` + columns + ` FROM product p WHERE p.code_key = $1`

const selectBySlug = `SELECT ` + columns + ` FROM product p WHERE p.slug = $1`

const selectAll = `SELECT ` + columns + ` FROM product p WHERE p.status = 'active' ORDER BY p.name, p.id LIMIT 1000`

// selectCatalogue begins after the product $1, $2.
const selectCatalogue = `
	SELECT ` + columns + ` FROM product p
	WHERE (p.name, p.id) > ($1, $2) AND (CAST($4 AS TEXT) = '' OR p.status = $4)
	ORDER BY p.name, p.id
	LIMIT $3`

const countSlug = `SELECT count(*) FROM product WHERE slug = $1`

const insertProduct = `
	INSERT INTO product (id, code, code_key, slug, name, status, portal_url, scheme, is_free, needs_signature, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1)`

const updateProduct = `
	UPDATE product SET name = $2, status = $3, portal_url = $4, scheme = $5, is_free = $6, needs_signature = $7, updated_at = $8, version = version + 1
	WHERE id = $1`

const insertOfOrg = `
	INSERT INTO product_of_org (org_id, product_id, source) VALUES ($1, $2, $3)
	ON CONFLICT (org_id, product_id, source) DO NOTHING`

// selectOfOrg asks for the head of the family, on whom all is noted.
const selectOfOrg = `
	SELECT ` + columns + `
	FROM product p
	WHERE p.id IN (
		SELECT x.product_id FROM product_of_org x
		JOIN organisation o ON o.root_id = x.org_id
		WHERE o.id = $1)
	ORDER BY p.name, p.id`
