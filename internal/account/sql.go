package account

const organisationColumns = `id, number, root_id, kind, is_site, name, country, city, language, zone, status, email, version`

const selectOrganisation = `SELECT ` + organisationColumns + ` FROM organisation WHERE id = $1`

const selectByNumber = `SELECT ` + organisationColumns + ` FROM organisation WHERE number = $1`

const selectVendor = `SELECT ` + organisationColumns + ` FROM organisation WHERE kind = 'vendor' AND NOT is_site`

// insertOrganisation changes no row if the number is in use.
const insertOrganisation = `
	INSERT INTO organisation (id, number, root_id, kind, is_site, name, name_key, country, street, postcode, city, vat_id, language, zone, reference, status, email, created_on, notes, created_at, updated_at, version, format)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20, 1, $21)
	ON CONFLICT (number) DO NOTHING`

const selectLastNumber = `SELECT value FROM meta WHERE name = 'organisation.last_number'`

const upsertLastNumber = `
	INSERT INTO meta (name, value) VALUES ('organisation.last_number', $1)
	ON CONFLICT (name) DO UPDATE SET value = $1`

const countStaff = `
	SELECT count(*) FROM membership m JOIN organisation o ON o.id = m.org_id
	WHERE m.person_id = $1 AND o.kind = 'vendor' AND m.state IN ('active', 'invited', 'imported') AND (m.until_at IS NULL OR m.until_at > $2)`

const selectCompanies = `SELECT DISTINCT o.name FROM membership m JOIN organisation o ON o.id = m.org_id WHERE m.person_id = $1`

const selectMembership = `
	SELECT m.id, m.person_id, m.org_id, m.state, m.is_primary, m.first_name, m.last_name, m.until_at, m.version,
		(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id)
	FROM membership m
	WHERE m.person_id = $1 AND m.org_id = $2`

const insertMembership = `
	INSERT INTO membership (id, person_id, org_id, state, is_primary, first_name, last_name, since_on, until_on, until_at, created_by, created_at, activated_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12, 1)`

const updateInvited = `
	UPDATE membership SET state = 'invited', first_name = $2, last_name = $3, email = '', until_on = '', until_at = NULL, updated_at = $4, version = version + 1
	WHERE id = $1`

const updateState = `UPDATE membership SET state = $2, updated_at = $3, version = version + 1 WHERE id = $1 AND state = $4`

const selectInvited = `
	SELECT m.id, m.person_id, m.org_id, m.state, m.is_primary, m.first_name, m.last_name, m.until_at, m.version,
		(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id)
	FROM membership m
	WHERE m.id = $1 AND m.org_id = $2 AND m.state IN ('invited', 'expired')`

const countOpenInvitations = `SELECT count(*) FROM invitation WHERE membership_id = $1 AND withdrawn_at IS NULL AND expires_at > $2`

const insertRole = `INSERT INTO membership_role (membership_id, role) VALUES ($1, $2) ON CONFLICT (membership_id, role) DO NOTHING`

const deleteRoles = `DELETE FROM membership_role WHERE membership_id = $1`

// endInvitations ends those, too, that were accepted by somebody who has not completed the sign-in.
const endInvitations = `UPDATE invitation SET withdrawn_at = $2 WHERE membership_id = $1 AND withdrawn_at IS NULL`

const insertInvitation = `
	INSERT INTO invitation (id, membership_id, token_hash, email, invited_by, invited_from, mail_id, created_at, expires_at, by_right, blocked)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

const countInvitationsFrom = `SELECT count(*) FROM (SELECT 1 FROM invitation WHERE invited_from = $1 AND created_at > $2 LIMIT $3) x`

const countInvitationsTo = `SELECT count(*) FROM (SELECT 1 FROM invitation WHERE email = $1 AND created_at > $2 LIMIT $3) x`

const invitationColumns = `
	i.id, i.membership_id, m.person_id, m.org_id, i.email, i.invited_by, i.invited_from, i.created_at, i.expires_at,
	m.first_name, m.last_name, m.state, m.version, o.number, o.name, o.city, o.kind, o.status,
	(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id),
	COALESCE(b.first_name || ' ' || b.last_name, ''), i.by_right
	FROM invitation i
	JOIN membership m ON m.id = i.membership_id
	JOIN organisation o ON o.id = m.org_id
	LEFT JOIN person b ON b.id = i.invited_by`

const selectInvitation = `SELECT ` + invitationColumns + `
	WHERE i.token_hash = $1 AND i.used_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > $2`

const selectJoined = `
	SELECT o.number
	FROM invitation i
	JOIN membership m ON m.id = i.membership_id AND m.person_id = $2 AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $3)
	JOIN organisation o ON o.id = m.org_id
	WHERE i.token_hash = $1 AND i.withdrawn_at IS NULL`

// selectInvitationsOf finds what a complete sign-in makes active: what can still be accepted, and what was accepted on the way to it.
const selectInvitationsOf = `SELECT ` + invitationColumns + `
	WHERE m.person_id = $1 AND i.email = $2 AND m.state = 'invited' AND i.blocked = '' AND i.withdrawn_at IS NULL AND (i.used_at IS NOT NULL OR i.expires_at > $3)
	ORDER BY i.created_at, i.id`

const useInvitation = `UPDATE invitation SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2`

const updateActive = `
	UPDATE membership SET state = 'active', activated_at = COALESCE(activated_at, $2), updated_at = $2, version = version + 1
	WHERE id = $1 AND version = $3 AND state IN ('invited', 'imported')`

const countPrimary = `SELECT count(*) FROM membership WHERE person_id = $1 AND is_primary`

const setPrimary = `UPDATE membership SET is_primary = TRUE WHERE id = $1`

const selectImported = `SELECT id, org_id, version FROM membership WHERE person_id = $1 AND state = 'imported' ORDER BY created_at, id`

const selectInviterRoles = `
	SELECT COALESCE((SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id), '')
	FROM membership m
	JOIN organisation o ON o.id = m.org_id AND o.status = 'active'
	JOIN person p ON p.id = m.person_id AND p.state <> 'disabled'
	WHERE m.person_id = $1 AND m.org_id = $2 AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $3)`

const countSupervisors = `
	SELECT count(*) FROM membership m JOIN membership_role r ON r.membership_id = m.id
	WHERE m.org_id = $1 AND m.state IN ('active', 'invited', 'imported') AND r.role = 'licence-supervisor' AND (m.until_at IS NULL OR m.until_at > $2)
		AND m.id <> $3`

const selectHolders = `
	SELECT p.id, p.first_name, p.last_name, p.email
	FROM membership m
	JOIN membership_role r ON r.membership_id = m.id
	JOIN person p ON p.id = m.person_id AND p.state = 'active'
	WHERE m.org_id = $1 AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $2) AND r.role = $3 AND p.id <> $4
	ORDER BY p.last_name, p.first_name, p.id
	LIMIT 5`

const selectRepairers = `
	SELECT o.id, o.number, o.root_id, o.kind, o.is_site, o.name, o.country, o.city, o.language, o.zone, o.status, o.email, o.version
	FROM partnership pa
	JOIN partnership_role pr ON pr.partnership_id = pa.id AND pr.role = 'security-administrator'
	JOIN organisation o ON o.id = pa.partner_id
	WHERE pa.customer_id = (SELECT c.root_id FROM organisation c WHERE c.id = $1) AND pa.from_at <= $2 AND (pa.until_at IS NULL OR pa.until_at > $2)
		AND o.status = 'active' AND o.email <> ''
	ORDER BY o.number
	LIMIT 1`

const clearPrimaries = `UPDATE membership SET is_primary = FALSE WHERE person_id = $1 AND is_primary`

const selectPlaces = `
	SELECT m.id, o.id, o.number, o.name, o.city, o.kind, m.is_primary,
		(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id)
	FROM membership m
	JOIN organisation o ON o.id = m.org_id AND o.status = 'active'
	JOIN organisation h ON h.id = o.root_id AND h.status = 'active'
	WHERE m.person_id = $1 AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $2)
	ORDER BY m.is_primary DESC, o.number
	LIMIT 100`

const selectChosen = `SELECT org_id FROM session WHERE id = $1`

const markAccess = `
	INSERT INTO access_mark (session_id, org_id, at) VALUES ($1, $2, $3)
	ON CONFLICT (session_id, org_id) DO UPDATE SET at = $3 WHERE access_mark.at < $4`

const deleteOldMarks = `DELETE FROM access_mark WHERE at < $1`

const selectPartnershipRoles = `
	SELECT DISTINCT pr.role FROM partnership pa JOIN partnership_role pr ON pr.partnership_id = pa.id
	WHERE pa.partner_id = $1 AND pa.customer_id = $2 AND pa.from_at <= $3 AND (pa.until_at IS NULL OR pa.until_at > $3)`

const insertPartnership = `
	INSERT INTO partnership (id, partner_id, customer_id, given_by, from_on, until_on, from_at, until_at, created_by, created_at, extends, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)`

const insertPartnershipRole = `INSERT INTO partnership_role (partnership_id, role) VALUES ($1, $2) ON CONFLICT (partnership_id, role) DO NOTHING`

const insertScope = `
	INSERT INTO scope (scope_id, org_id, partnership_id, from_at, until_at)
	SELECT $1, o.id, $2, $3, $4 FROM organisation o WHERE o.root_id = $5
	ON CONFLICT (scope_id, org_id, partnership_id) DO UPDATE SET from_at = $3, until_at = $4`

const widenScope = `
	INSERT INTO scope (scope_id, org_id, partnership_id, from_at, until_at)
	SELECT s.scope_id, $2, s.partnership_id, s.from_at, s.until_at FROM scope s WHERE s.org_id = $1
	ON CONFLICT (scope_id, org_id, partnership_id) DO NOTHING`
