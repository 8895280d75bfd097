package support

// unsentColumns and unsentJoins bring the reader's own unsent texts along with ticket t: person $4; notes only for $5. They
// are part of selectShown because a page has a number of statements that it may cost.
const unsentColumns = `ut.text, ut.at, un.text, un.at`

const unsentJoins = `
	LEFT JOIN unsent_text ut ON ut.ticket_id = t.id AND ut.person_id = $4 AND ut.kind = 'shared'
	LEFT JOIN unsent_text un ON un.ticket_id = t.id AND un.person_id = $4 AND un.kind = 'internal' AND CAST($5 AS BOOLEAN)`

const selectUnsent = `SELECT text, at FROM unsent_text WHERE person_id = $1 AND ticket_id = $2 AND kind = $3`

const countUnsent = `SELECT count(*) FROM (SELECT 1 FROM unsent_text WHERE person_id = $1 LIMIT $2) n`

const saveUnsent = `
	INSERT INTO unsent_text (person_id, ticket_id, kind, org_id, text, at)
	VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (person_id, ticket_id, kind) DO UPDATE SET org_id = excluded.org_id, text = excluded.text, at = excluded.at`

const deleteUnsent = `DELETE FROM unsent_text WHERE person_id = $1 AND ticket_id = $2 AND kind = $3`

// sweepUnsent at $1: of requests that were over at $2; of people who have no membership with a role among $3 any more where
// they wrote it, which an order does not need; of partners that do not reach the request any more.
const sweepUnsent = `
	DELETE FROM unsent_text
	WHERE ticket_id IN (SELECT t.id FROM ticket t WHERE NOT t.is_open AND t.closed_at < $2)
		OR NOT EXISTS (
			SELECT 1 FROM membership m
			JOIN person p ON p.id = m.person_id AND p.state <> 'disabled'
			WHERE m.person_id = unsent_text.person_id AND m.org_id = unsent_text.org_id AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $1)
				AND (EXISTS (SELECT 1 FROM membership_role r WHERE r.membership_id = m.id AND r.role = ANY($3))
					OR EXISTS (SELECT 1 FROM ticket t WHERE t.id = unsent_text.ticket_id AND t.kind = 'order')))
		OR EXISTS (
			SELECT 1 FROM organisation o JOIN ticket t ON t.id = unsent_text.ticket_id
			WHERE o.id = unsent_text.org_id AND o.kind = 'partner'
				AND (t.vendor_only OR NOT EXISTS (
					SELECT 1 FROM scope s WHERE s.scope_id = o.root_id AND s.org_id = t.org_id AND s.from_at <= $1 AND s.until_at > $1)))`
