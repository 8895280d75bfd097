package identity

const personColumns = `id, email, first_name, last_name, language, zone, phone, state, email_proven_at, first_sign_in_at, version`

const selectPerson = `SELECT ` + personColumns + ` FROM person WHERE id = $1`

const selectByEmail = `SELECT ` + personColumns + ` FROM person WHERE email = $1`

// insertPerson changes no row if the address is taken.
const insertImported = `
	INSERT INTO person (id, email, email_proven_at, first_name, last_name, language, zone, phone, state, mailbox_first, created_at, last_sign_in_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`

const insertPerson = insertImported + ` ON CONFLICT (email) DO NOTHING`

const updateProfile = `
	UPDATE person SET first_name = $3, last_name = $4, language = $5, zone = $6, phone = $7, version = version + 1
	WHERE id = $1 AND version = $2`

const updateName = `UPDATE person SET first_name = $2, last_name = $3, version = version + 1 WHERE id = $1`

const updateSignedIn = `
	UPDATE person SET state = 'active', mailbox_first = FALSE, first_sign_in_at = COALESCE(first_sign_in_at, $2), last_sign_in_at = $2
	WHERE id = $1 AND state <> 'disabled'`

const updateProven = `UPDATE person SET email_proven_at = COALESCE(email_proven_at, $2) WHERE id = $1`

const endMailboxFirst = `UPDATE person SET mailbox_first = FALSE WHERE id = $1`

// selectDoor is all that a sign-in has to know, a row per credential; none for an unknown address.
const selectDoor = `
	SELECT p.id, p.state, p.mailbox_first, p.email, p.language, COALESCE(c.kind, ''), COALESCE(c.secret, '')
	FROM person p
	LEFT JOIN credential c ON c.person_id = p.id AND c.kind IN ('password', 'old-password')
	WHERE p.email = $1
	ORDER BY c.source`

const selectSecret = `SELECT secret, last_step FROM credential WHERE person_id = $1 AND kind = 'totp' AND source = ''`

// selectPending is the factor that a session sets up: its id stands where an old password has its scheme.
const selectPending = `SELECT secret, last_step FROM credential WHERE person_id = $1 AND kind = 'totp-pending' AND scheme = $2 AND created_at > $3`

const upsertCredential = `
	INSERT INTO credential (id, person_id, kind, source, scheme, secret, last_step, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (person_id, kind, source) DO UPDATE SET scheme = $5, secret = $6, last_step = $7, created_at = $8`

const insertRecovery = `INSERT INTO recovery_code (person_id, code_hash, made_at) VALUES ($1, $2, $3)`

const deleteRecovery = `DELETE FROM recovery_code WHERE person_id = $1`

// useRecoveryCode deletes one row for the first of many who come with the same code.
const useRecoveryCode = `DELETE FROM recovery_code WHERE person_id = $1 AND code_hash = $2`

const countRecovery = `SELECT count(*) FROM recovery_code WHERE person_id = $1`

const listSealed = `SELECT id, secret FROM credential WHERE kind IN ('totp', 'totp-pending') AND id > $1 ORDER BY id LIMIT $2`

const updateSealed = `UPDATE credential SET secret = $3 WHERE id = $1 AND secret = $2`

const deleteCredential = `DELETE FROM credential WHERE person_id = $1 AND kind = $2`

const deletePending = `DELETE FROM credential WHERE person_id = $1 AND kind = 'totp-pending' AND scheme = $2`

const updateStep = `UPDATE credential SET last_step = $3 WHERE person_id = $1 AND kind = $2 AND last_step < $3`

const insertSession = `
	INSERT INTO session (id, token_hash, person_id, step, org_id, switches, device, address, created_at, seen_at, idle_minutes, idle_until, absolute_until, connection_id, upstream_id)
	VALUES ($1, $2, $3, $4, '', 0, $5, $6, $7, $7, $8, $9, $10, $11, $12)`

const selectHalf = `
	SELECT s.id, s.person_id, s.step, p.email, p.language, s.connection_id, s.upstream_id
	FROM session s
	JOIN person p ON p.id = s.person_id
	WHERE s.token_hash = $1 AND s.step <> '' AND s.revoked_at IS NULL AND s.idle_until > $2 AND s.absolute_until > $2 AND p.state <> 'disabled'`

const selectSessions = `
	SELECT id, person_id, step, device, address, created_at, seen_at, absolute_until
	FROM session
	WHERE person_id = $1 AND step = '' AND revoked_at IS NULL AND idle_until > $2 AND absolute_until > $2
	ORDER BY created_at DESC, id DESC
	LIMIT 100`

const selectIdle = `SELECT seen_at, idle_minutes FROM session WHERE id = $1 AND step = '' AND revoked_at IS NULL AND idle_until > $2`

const touchSession = `UPDATE session SET seen_at = $2, idle_until = $3 WHERE id = $1 AND step = '' AND revoked_at IS NULL AND idle_until > $2 AND seen_at < $2`

const stayInOrg = `UPDATE session SET stays_in = org_id WHERE id = $1 AND revoked_at IS NULL`

const chooseOrg = `UPDATE session SET org_id = $2, switches = switches + 1 WHERE id = $1 AND revoked_at IS NULL`

const revokeSession = `UPDATE session SET revoked_at = $3 WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL`

const revokeAll = `UPDATE session SET revoked_at = $3 WHERE person_id = $1 AND id <> $2 AND revoked_at IS NULL`

const endUnproven = `UPDATE session SET revoked_at = $2 WHERE person_id = ANY($1) AND factor_at IS NULL AND revoked_at IS NULL`

const updateFactorAt = `UPDATE session SET factor_at = $2 WHERE id = $1`

const updateProvedAt = `UPDATE session SET proved_at = $2 WHERE id = $1 AND revoked_at IS NULL`

const countSession = `SELECT count(*) FROM session WHERE id = $1 AND person_id = $2`

const countDevice = `
	SELECT COALESCE(sum(CASE WHEN device = $2 THEN 1 ELSE 0 END), 0), count(*)
	FROM session
	WHERE person_id = $1 AND step = '' AND id <> $3`

const insertProof = `
	INSERT INTO proof (id, token_hash, purpose, person_id, email, session_id, kept, tries, created_at, expires_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)`

const endProofs = `UPDATE proof SET used_at = $3 WHERE email = $1 AND purpose = $2 AND used_at IS NULL`

const endAllProofs = `UPDATE proof SET used_at = $2 WHERE email = $1 AND used_at IS NULL`

const selectProof = `
	SELECT f.id, COALESCE(p.id, ''), f.email, f.expires_at
	FROM proof f
	LEFT JOIN person p ON p.email = f.email
	WHERE f.token_hash = $1 AND f.purpose = $2 AND f.used_at IS NULL AND f.expires_at > $3`

const selectCode = `
	SELECT id, token_hash, kept, tries
	FROM proof
	WHERE session_id = $1 AND purpose = 'code' AND used_at IS NULL AND expires_at > $2`

const countTry = `UPDATE proof SET tries = tries + 1 WHERE id = $1`

// useProof changes one row for the first of many who come with the same token.
const useProof = `UPDATE proof SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2`

const deleteOldProofs = `DELETE FROM proof WHERE expires_at < $1`

const deleteOldSessions = `DELETE FROM session WHERE absolute_until < $1`

const listPasskeys = `
	SELECT id, name, synced, doubtful, made_at, used_at, record
	FROM passkey
	WHERE person_id = $1
	ORDER BY made_at DESC, id DESC`

const countPasskeys = `SELECT count(*) FROM passkey WHERE person_id = $1`

const selectPasskey = `SELECT id, person_id FROM passkey WHERE credential_id = $1`

// insertPasskey changes no row if somebody has this one.
const insertPasskey = `
	INSERT INTO passkey (id, person_id, credential_id, name, record, synced, doubtful, made_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (credential_id) DO NOTHING`

const updatePasskey = `UPDATE passkey SET record = $2, synced = $3, doubtful = doubtful OR $4, used_at = $5 WHERE id = $1`

const deletePasskey = `DELETE FROM passkey WHERE id = $1 AND person_id = $2 RETURNING name`

const deletePasskeys = `DELETE FROM passkey WHERE person_id = $1`

// insertChallenge changes no row for the second who comes with the same one.
const insertChallenge = `INSERT INTO passkey_challenge (hash, used_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`

const deleteOldChallenges = `DELETE FROM passkey_challenge WHERE used_at < $1`
