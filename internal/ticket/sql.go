package ticket

const selectOpenFor = `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.org_id = ANY($3) AND t.is_open AND t.kind = $1 AND t.product_id = $2 ORDER BY t.created_at, t.id`

const selectByNumber = `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.kind = $1 AND t.number = $2 AND t.org_id = ANY($3)`

// insertTicket changes no row if the number is taken.
const insertTicket = `
	INSERT INTO ticket (id, kind, number, org_id, partner_id, vendor_only, request_kind, product_id, product_version, contract_id, title, draft_text, severity,
		state, turn, served_by, is_open, author_id, author_name, requester_id, requester_name, owner_id, next_on, last_entry, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, $12, $13, '', '', FALSE, $14, $15, $16, $17, '', '', 0, $18, $18, 1)
	ON CONFLICT (number) DO NOTHING`

const updateTicket = `
	UPDATE ticket SET partner_id = $3, vendor_only = $4, request_kind = $5, product_id = $6, contract_id = $7, title = $8, draft_text = $9, severity = $10,
		state = $11, turn = $12, served_by = $13, is_open = $14, requester_id = $15, requester_name = $16, owner_id = $17, last_entry = $18, updated_at = $19,
		closed_at = $20, version = version + 1
	WHERE id = $1 AND version = $2`

const updateCreated = `UPDATE ticket SET created_at = $2 WHERE id = $1`

const updateLastEntry = `UPDATE ticket SET last_entry = $3 WHERE id = $1 AND version = $2`

const deleteDraft = `DELETE FROM ticket WHERE id = $1 AND state = 'draft'`

const touchScope = `UPDATE ticket_scope SET updated_at = $2, is_open = $3, turn = $4 WHERE ticket_id = $1`

const insertEntry = `
	INSERT INTO ticket_entry (ticket_id, seq, kind, visibility, side, author_id, author_name, org_id, text, html, detail, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

const upsertParticipant = `
	INSERT INTO ticket_participant (ticket_id, person_id, side, org_id) VALUES ($1, $2, $3, $4)
	ON CONFLICT (ticket_id, person_id) DO UPDATE SET side = $3, org_id = $4`

const actionColumns = `c.id, c.title, c.side, c.owner_id, c.owner_name, c.planned_on, c.was_on, c.state, c.result, c.done_at, c.version`

const selectAction = `SELECT ` + actionColumns + ` FROM ticket_action c WHERE c.id = $1 AND c.ticket_id = $2`

const selectActions = `SELECT ` + actionColumns + ` FROM ticket_action c WHERE c.ticket_id = $1 ORDER BY c.planned_on, c.id`

const insertAction = `
	INSERT INTO ticket_action (id, ticket_id, title, side, owner_id, owner_name, planned_on, was_on, state, result, created_by, created_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, '', 'planned', '', $8, $9, 1)`

const updateActionDay = `UPDATE ticket_action SET planned_on = $3, was_on = $4, version = version + 1 WHERE id = $1 AND version = $2 AND state = 'planned'`

const updateActionEnd = `UPDATE ticket_action SET state = $3, result = $4, done_at = $5, version = version + 1 WHERE id = $1 AND version = $2 AND state = 'planned'`

const updateNext = `
	UPDATE ticket SET next_on = COALESCE((SELECT min(c.planned_on) FROM ticket_action c WHERE c.ticket_id = $1 AND c.state = 'planned'), '')
	WHERE id = $1
	RETURNING next_on`

const insertFile = `
	INSERT INTO ticket_file (id, ticket_id, seq, visibility, blob_id, name, size, sha256, scan, added_by, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

const countDraftFiles = `SELECT count(*) FROM ticket_file WHERE ticket_id = $1 AND seq = $2`

const updateDraftFiles = `UPDATE ticket_file SET seq = $2 WHERE ticket_id = $1 AND seq = 0`

const selectFiles = `SELECT ` + fileColumns + ` FROM ticket_file f WHERE f.ticket_id = $1 AND f.visibility = ANY($2) ORDER BY f.seq, f.id`

const selectFile = `SELECT ` + fileColumns + ` FROM ticket_file f WHERE f.id = $1 AND f.ticket_id = $2 AND f.visibility = ANY($3)`

const deleteFile = `DELETE FROM ticket_file WHERE id = $1`

const deleteFiles = `DELETE FROM ticket_file WHERE ticket_id = $1 RETURNING blob_id`

// Scope rows: one per partner that account's scope names for the ticket's organisation, whatever the days of it, with what lists of open
// tickets ask first.
const insertScope = `
	INSERT INTO ticket_scope (scope_id, ticket_id, org_id, updated_at, is_open, turn)
	SELECT DISTINCT s.scope_id, t.id, t.org_id, t.updated_at, t.is_open, t.turn FROM ticket t JOIN scope s ON s.org_id = t.org_id
	WHERE t.id = $1
	ON CONFLICT (scope_id, ticket_id) DO NOTHING`

const insertScopes = `
	INSERT INTO ticket_scope (scope_id, ticket_id, org_id, updated_at, is_open, turn)
	SELECT DISTINCT s.scope_id, t.id, t.org_id, t.updated_at, t.is_open, t.turn FROM ticket t JOIN scope s ON s.org_id = t.org_id
	WHERE t.org_id = $1 AND t.state <> 'draft' AND NOT t.vendor_only
	ON CONFLICT (scope_id, ticket_id) DO NOTHING`

const deleteScope = `DELETE FROM ticket_scope WHERE ticket_id = $1`

const deleteScopes = `
	DELETE FROM ticket_scope
	WHERE org_id = $1 AND NOT EXISTS (SELECT 1 FROM scope s WHERE s.scope_id = ticket_scope.scope_id AND s.org_id = $1)`

const selectScopes = `SELECT scope_id FROM ticket_scope WHERE ticket_id = $1 ORDER BY scope_id`

const selectToIndex = `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.org_id = $1 AND t.state <> 'draft' AND t.id > $2 ORDER BY t.id LIMIT $3`

const selectTexts = `SELECT e.visibility, e.text FROM ticket_entry e WHERE e.ticket_id = $1 AND e.text <> '' ORDER BY e.seq`

const selectEntries = `
	SELECT e.seq, e.kind, e.visibility, e.side, e.author_id, e.author_name, o.name, e.text, e.html, e.detail, e.at
	FROM ticket_entry e
	LEFT JOIN organisation o ON o.id = e.org_id
	WHERE e.ticket_id = $1 AND e.visibility = ANY($2)
	ORDER BY e.seq`

const insertAlias = `INSERT INTO ticket_alias (alias_key, ticket_id, alias) VALUES ($1, $2, $3) ON CONFLICT (alias_key, ticket_id) DO NOTHING`

const selectAliases = `SELECT l.alias FROM ticket_alias l WHERE l.ticket_id = $1 ORDER BY l.alias_key`
