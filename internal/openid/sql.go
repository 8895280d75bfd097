package openid

const clientColumns = `id, name, redirects, returns, front_channel, back_channel, trusted, secret_at, created_at, disabled_at, version FROM openid_client WHERE deleted_at IS NULL`

const selectClients = `SELECT ` + clientColumns + ` ORDER BY id LIMIT $1`

const selectClient = `SELECT ` + clientColumns + ` AND id = $1`

const countClients = `SELECT count(*) FROM openid_client WHERE deleted_at IS NULL`

const countSecret = `SELECT count(*) FROM openid_client WHERE id = $1 AND secret_hash = $2 AND secret_hash <> '' AND disabled_at IS NULL AND deleted_at IS NULL`

const insertClient = `
	INSERT INTO openid_client (id, name, redirects, returns, front_channel, back_channel, trusted, secret_hash, created_by, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $9, 1)`

const updateClient = `
	UPDATE openid_client SET name = $2, redirects = $3, returns = $4, front_channel = $5, back_channel = $6, trusted = $7, updated_at = $8, version = version + 1
	WHERE id = $1`

const updateSecret = `UPDATE openid_client SET secret_hash = $2, secret_at = $3, updated_at = $3, version = version + 1 WHERE id = $1`

const disableClient = `UPDATE openid_client SET disabled_at = $2, updated_at = $2, version = version + 1 WHERE id = $1`

const enableClient = `UPDATE openid_client SET disabled_at = NULL, updated_at = $2, version = version + 1 WHERE id = $1`

const deleteClient = `UPDATE openid_client SET deleted_at = $2, updated_at = $2, secret_hash = '', version = version + 1 WHERE id = $1`

const deleteConsents = `DELETE FROM openid_consent WHERE client_id = $1`

const endGrantsOfClient = `UPDATE openid_grant SET ended_at = $2 WHERE client_id = $1 AND ended_at IS NULL`

const selectSigning = `SELECT id, sealed, created_at FROM openid_key WHERE retired_at IS NULL ORDER BY id DESC LIMIT 1`

const selectPublished = `SELECT id, public FROM openid_key WHERE until_at IS NULL OR until_at > $1 ORDER BY id DESC`

const retireKeys = `UPDATE openid_key SET retired_at = $1, until_at = $2, sealed = '' WHERE retired_at IS NULL`

const insertKey = `INSERT INTO openid_key (id, public, sealed, created_at) VALUES ($1, $2, $3, $4)`

const deleteOldKeys = `DELETE FROM openid_key WHERE until_at < $1`

const listSealed = `SELECT id, sealed FROM openid_key WHERE sealed <> '' AND id > $1 ORDER BY id LIMIT $2`

const updateSealed = `UPDATE openid_key SET sealed = $3 WHERE id = $1 AND sealed = $2`

const grantColumns = `g.id, g.client_id, g.person_id, g.session_id, g.redirect, g.scopes, g.nonce, g.challenge, g.factor, g.auth_at, g.code_until, g.used_at, s.absolute_until, s.factor_at IS NOT NULL`

// inForce joins what a grant hangs on; $2 is now.
const inForce = `
	JOIN openid_client c ON c.id = g.client_id AND c.disabled_at IS NULL AND c.deleted_at IS NULL
	JOIN person p ON p.id = g.person_id AND p.state <> 'disabled'
	JOIN session s ON s.id = g.session_id AND s.person_id = g.person_id AND s.step = '' AND s.revoked_at IS NULL AND s.absolute_until > $2`

const selectGrant = `SELECT ` + grantColumns + ` FROM openid_grant g` + inForce + ` WHERE g.id = $1 AND g.ended_at IS NULL`

const selectOfCode = `SELECT ` + grantColumns + ` FROM openid_grant g` + inForce + ` WHERE g.code_hash = $1 AND g.ended_at IS NULL`

const selectOfRefresh = `
	SELECT ` + grantColumns + `
	FROM openid_token t
	JOIN openid_grant g ON g.id = t.grant_id AND g.ended_at IS NULL` + inForce + `
	WHERE t.hash = $1 AND t.kind = 'refresh' AND t.expires_at > $2`

const selectOfAccess = `
	SELECT ` + grantColumns + `
	FROM openid_token t
	JOIN openid_grant g ON g.id = t.grant_id AND g.ended_at IS NULL` + inForce + `
	WHERE t.hash = $1 AND t.kind = 'access' AND t.expires_at > $2 AND t.used_at IS NULL`

const selectTokenScopes = `SELECT scopes FROM openid_token WHERE hash = $1`

const insertGrant = `
	INSERT INTO openid_grant (id, client_id, person_id, session_id, redirect, scopes, nonce, challenge, factor, auth_at, code_hash, code_until, created_at, until_at)
	SELECT $1, $2, $3, s.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, s.absolute_until FROM session s WHERE s.id = $4 AND s.revoked_at IS NULL`

const useCode = `UPDATE openid_grant SET used_at = $2 WHERE id = $1 AND used_at IS NULL`

const endGrant = `UPDATE openid_grant SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`

const insertToken = `INSERT INTO openid_token (hash, grant_id, kind, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`

// useRefresh changes one row for the first of many who come with the same token.
const useRefresh = `UPDATE openid_token SET used_at = $3 WHERE hash = $1 AND grant_id = $2 AND kind = 'refresh' AND used_at IS NULL AND expires_at > $3`

const endAccess = `
	UPDATE openid_token SET used_at = $3
	WHERE hash = $1 AND kind = 'access' AND used_at IS NULL AND EXISTS (SELECT 1 FROM openid_grant g WHERE g.id = openid_token.grant_id AND g.client_id = $2)`

const endGrantOfRefresh = `
	UPDATE openid_grant SET ended_at = $3
	WHERE client_id = $2 AND ended_at IS NULL AND id = (SELECT t.grant_id FROM openid_token t WHERE t.hash = $1 AND t.kind = 'refresh')`

const selectBegun = `SELECT created_at FROM session WHERE id = $1`

const selectConsent = `SELECT scopes FROM openid_consent WHERE person_id = $1 AND client_id = $2`

const upsertConsent = `
	INSERT INTO openid_consent (person_id, client_id, scopes, at) VALUES ($1, $2, $3, $4)
	ON CONFLICT (person_id, client_id) DO UPDATE SET scopes = $3, at = $4`

const deleteConsent = `DELETE FROM openid_consent WHERE person_id = $1 AND client_id = $2`

const selectMine = `
	SELECT c.id, c.name, c.redirects, k.at, g.last
	FROM openid_client c
	LEFT JOIN openid_consent k ON k.client_id = c.id AND k.person_id = $1
	LEFT JOIN (SELECT client_id, max(created_at) AS last FROM openid_grant WHERE person_id = $1 AND ended_at IS NULL GROUP BY client_id) g ON g.client_id = c.id
	WHERE c.deleted_at IS NULL AND (k.at IS NOT NULL OR g.last IS NOT NULL)
	ORDER BY c.name, c.id
	LIMIT 200`

const selectFactor = `SELECT factor_at IS NOT NULL FROM session WHERE id = $1`

// selectOrganisations is where the person may work now: those that account would let him into.
const selectOrganisations = `
	SELECT o.number, o.name, (SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id)
	FROM membership m
	JOIN organisation o ON o.id = m.org_id AND o.status = 'active'
	JOIN organisation h ON h.id = o.root_id AND h.status = 'active'
	WHERE m.person_id = $1 AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $2)
	ORDER BY o.number
	LIMIT 100`

const endedColumns = `
	SELECT g.id, g.client_id, g.person_id, g.session_id, g.used_at IS NOT NULL AND c.back_channel <> '' AND c.disabled_at IS NULL AND c.deleted_at IS NULL
	FROM openid_grant g
	JOIN openid_client c ON c.id = g.client_id`

// selectEnded are the grants of a person whose sessions have ended.
const selectEnded = endedColumns + `
	LEFT JOIN session s ON s.id = g.session_id AND s.revoked_at IS NULL AND s.absolute_until > $1
	WHERE g.person_id = $2 AND g.ended_at IS NULL AND s.id IS NULL
	ORDER BY g.id LIMIT 1000`

// selectOpen are all of a person at one client.
const selectOpen = endedColumns + ` WHERE g.person_id = $1 AND g.client_id = $2 AND g.ended_at IS NULL ORDER BY g.id LIMIT 1000`

// selectOver are those of everybody whose time is over.
const selectOver = endedColumns + ` WHERE g.ended_at IS NULL AND g.until_at <= $1 ORDER BY g.until_at LIMIT 200`

const endGrants = `UPDATE openid_grant SET ended_at = $2 WHERE id = ANY($1) AND ended_at IS NULL`

const insertNotice = `INSERT INTO openid_notice (id, client_id, person_id, session_id, created_at, tries, error) VALUES ($1, $2, $3, $4, $5, 0, '')`

const selectNotice = `
	SELECT n.client_id, n.person_id, n.session_id, c.back_channel, n.sent_at
	FROM openid_notice n
	JOIN openid_client c ON c.id = n.client_id AND c.deleted_at IS NULL AND c.disabled_at IS NULL
	WHERE n.id = $1`

const noticeSent = `UPDATE openid_notice SET sent_at = $2, tries = tries + 1, error = '' WHERE id = $1`

const noticeFailed = `UPDATE openid_notice SET tries = tries + 1, error = $2 WHERE id = $1`

const selectNotices = `
	SELECT created_at, sent_at, tries, error FROM openid_notice
	WHERE client_id = $1 AND sent_at IS NULL AND tries > 0
	ORDER BY id DESC LIMIT 10`

// selectFrames are the addresses that the browser of a session has to load when it ends.
const selectFrames = `
	SELECT DISTINCT c.front_channel
	FROM openid_grant g
	JOIN openid_client c ON c.id = g.client_id AND c.front_channel <> '' AND c.disabled_at IS NULL AND c.deleted_at IS NULL
	WHERE g.session_id = $1 AND g.used_at IS NOT NULL
	ORDER BY c.front_channel LIMIT 20`

const deleteOldTokens = `DELETE FROM openid_token WHERE expires_at < $1`

const deleteTokensOfOldGrants = `DELETE FROM openid_token WHERE grant_id IN (SELECT g.id FROM openid_grant g WHERE g.ended_at < $1)`

const deleteUnused = `DELETE FROM openid_grant WHERE used_at IS NULL AND code_until < $1`

const deleteOldGrants = `DELETE FROM openid_grant WHERE ended_at < $1 AND NOT EXISTS (SELECT 1 FROM openid_token t WHERE t.grant_id = openid_grant.id)`

const deleteOldNotices = `DELETE FROM openid_notice WHERE created_at < $1`
