package token

import "lodge/internal/account"

// selectPresented is the first statement of every call: all of it by the token's hash and the customer's number.
const selectPresented = `
	SELECT k.id, k.name, k.org_id, o.number, k.maker_id, k.scopes, k.used_at, ` + account.ActorColumns + `
	FROM api_token k
	JOIN organisation o ON o.id = k.org_id
	LEFT JOIN person p ON p.id = k.maker_id AND p.state <> 'disabled'` + account.ActorJoins + `
	WHERE k.hash = $1 AND k.revoked_at IS NULL AND k.expires_at > $2`

const columns = `k.id, k.name, k.prefix, k.scopes, k.maker_id, COALESCE(p.first_name || ' ' || p.last_name, ''), k.org_id, o.name, o.number, k.created_at, k.expires_at,
	k.used_at, k.revoked_at
	FROM api_token k
	JOIN organisation o ON o.id = k.org_id
	LEFT JOIN person p ON p.id = k.maker_id`

const selectTokens = `
	SELECT ` + columns + `
	WHERE k.org_id = $1 AND k.expires_at > $2 AND (k.revoked_at IS NULL OR k.revoked_at > $2)
	ORDER BY k.id DESC
	LIMIT 500`

const selectToken = `SELECT ` + columns + ` WHERE k.id = $1 AND k.org_id = $2`

const selectOfMaker = `SELECT ` + columns + ` WHERE k.id = $1 AND k.maker_id = $2 AND k.maker_id <> ''`

const selectMine = `
	SELECT ` + columns + `
	WHERE k.maker_id = $1 AND k.maker_id <> '' AND k.revoked_at IS NULL AND k.expires_at > $2
	ORDER BY k.id DESC
	LIMIT 500`

const countValid = `SELECT count(*) FROM (SELECT 1 FROM api_token WHERE org_id = $1 AND revoked_at IS NULL AND expires_at > $2 LIMIT 1000) x`

const insertToken = `
	INSERT INTO api_token (id, org_id, name, prefix, hash, scopes, maker_id, created_at, expires_at, revoked_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')`

const shortenToken = `UPDATE api_token SET expires_at = $2 WHERE id = $1 AND expires_at > $2`

const revokeToken = `UPDATE api_token SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL`

const touchToken = `UPDATE api_token SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $3)`
