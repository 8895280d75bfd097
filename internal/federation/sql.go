package federation

const domainColumns = `id, org_id, domain, token, proven_at, missing_at, checked_at`

const selectDomains = `SELECT ` + domainColumns + ` FROM federation_domain WHERE org_id = $1 ORDER BY domain LIMIT 100`

const selectDomain = `SELECT ` + domainColumns + ` FROM federation_domain WHERE id = $1 AND org_id = $2`

const selectProver = `SELECT org_id FROM federation_domain WHERE domain = $1 AND proven_at IS NOT NULL`

const selectSeen = `SELECT seen_at FROM federation_domain WHERE id = $1`

const selectDue = `
	SELECT ` + domainColumns + ` FROM federation_domain
	WHERE proven_at IS NOT NULL AND (checked_at < $1 OR missing_at IS NOT NULL AND checked_at < $2)
	ORDER BY checked_at, id
	LIMIT $3`

const insertDomain = `
	INSERT INTO federation_domain (id, org_id, domain, token, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)`

const deleteDomain = `DELETE FROM federation_domain WHERE id = $1 AND org_id = $2`

const touchDomain = `UPDATE federation_domain SET checked_at = $2 WHERE id = $1`

const proveDomain = `
	UPDATE federation_domain SET proven_at = COALESCE(proven_at, $2), seen_at = $2, missing_at = NULL, checked_at = $2 WHERE id = $1`

const missDomain = `UPDATE federation_domain SET missing_at = $2, checked_at = $2 WHERE id = $1`

const lapseDomain = `UPDATE federation_domain SET proven_at = NULL, missing_at = NULL, checked_at = $2 WHERE id = $1`

const connectionColumns = `id, org_id, issuer, client_id, secret, state, joins, trusts_mail, version`

const selectOfOrg = `SELECT ` + connectionColumns + ` FROM federation_connection WHERE org_id = $1`

// selectOn gives a connection that can be used.
const selectOn = `
	SELECT c.id, c.org_id, c.issuer, c.client_id, c.secret, c.state, c.joins, c.trusts_mail, c.version
	FROM federation_connection c
	JOIN organisation o ON o.id = c.org_id AND o.status = 'active'
	WHERE c.id = $1 AND c.state = 'on'`

// selectByDomain gives the connection of the organisation that has proven exactly this domain.
const selectByDomain = `
	SELECT c.id, c.org_id, c.issuer, c.client_id, c.secret, c.state, c.joins, c.trusts_mail, c.version
	FROM federation_domain d
	JOIN federation_connection c ON c.org_id = d.org_id AND c.state = 'on'
	JOIN organisation o ON o.id = c.org_id AND o.status = 'active'
	WHERE d.domain = $1 AND d.proven_at IS NOT NULL`

// insertConnection changes no row if the organisation has one.
const insertConnection = `
	INSERT INTO federation_connection (id, org_id, issuer, client_id, secret, state, joins, trusts_mail, created_at, updated_at, version)
	VALUES ($1, $2, '', '', '', 'draft', FALSE, FALSE, $3, $3, 1)
	ON CONFLICT (org_id) DO NOTHING`

const updateConnection = `
	UPDATE federation_connection
	SET issuer = $3, client_id = $4, secret = $5, joins = $6, trusts_mail = $7, updated_at = $8, state = CASE WHEN state = 'draft' THEN 'off' ELSE state END, version = version + 1
	WHERE id = $1 AND version = $2`

const switchConnection = `UPDATE federation_connection SET state = $2, updated_at = $3, version = version + 1 WHERE id = $1 AND state <> 'draft' AND state <> $2`

const deleteConnection = `DELETE FROM federation_connection WHERE id = $1`

const countLinked = `SELECT count(*) FROM (SELECT 1 FROM company_identity WHERE connection_id = $1 LIMIT 10000) x`

// selectOffered are the connections of the organisations that a person is in, and of those that he is linked with.
const selectOffered = `
	SELECT c.id, o.name, c.state, COALESCE(l.email, ''), l.linked_at
	FROM federation_connection c
	JOIN organisation o ON o.id = c.org_id
	LEFT JOIN company_identity l ON l.connection_id = c.id AND l.person_id = $1
	WHERE l.person_id IS NOT NULL OR c.state = 'on' AND o.status = 'active' AND EXISTS (
		SELECT 1 FROM membership m JOIN organisation p ON p.id = m.org_id
		WHERE m.person_id = $1 AND p.root_id = c.org_id AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $2))
	ORDER BY o.number
	LIMIT 50`

const insertUsed = `INSERT INTO federation_used (id, until_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`

const deleteUsed = `DELETE FROM federation_used WHERE until_at < $1`

const listSealed = `SELECT id, secret FROM federation_connection WHERE secret <> '' AND id > $1 ORDER BY id LIMIT $2`

const updateSealed = `UPDATE federation_connection SET secret = $3 WHERE id = $1 AND secret = $2`
