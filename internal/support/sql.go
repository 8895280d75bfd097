package support

const selectZone = `SELECT zone FROM organisation WHERE id = $1`

// serving is the partner that sees requests of organisation $1 and has done so for the longest; $2 now, $3 the roles that
// see them.
const serving = `
	FROM scope c
	JOIN partnership_role pr ON pr.partnership_id = c.partnership_id AND pr.role = ANY($3)
	JOIN organisation q ON q.id = c.scope_id AND q.status = 'active'
	WHERE c.org_id = $1 AND c.from_at <= $2 AND c.until_at > $2
	ORDER BY c.from_at, c.scope_id
	LIMIT 1`

const selectServing = `SELECT c.scope_id` + serving

// selectNames are the customer's with its time zone, the vendor's, that of the partner that serves, and, with $4 between them, those of all partners that will
// see a request, by their roles $5.
const selectNames = `
	SELECT o.name, o.zone, (SELECT v.name FROM organisation v WHERE v.kind = 'vendor' AND NOT v.is_site), (SELECT q.name` + serving + `),
		COALESCE((SELECT string_agg(n.name, $4) FROM (
			SELECT DISTINCT q.name FROM scope c
			JOIN partnership_role pr ON pr.partnership_id = c.partnership_id AND pr.role = ANY($5)
			JOIN organisation q ON q.id = c.scope_id AND q.status = 'active'
			WHERE c.org_id = $1 AND c.from_at <= $2 AND c.until_at > $2) n), '')
	FROM organisation o WHERE o.id = $1`

// member is a membership in force, with a role among those of the last parameter.
const selectColleague = `
	SELECT p.first_name || ' ' || p.last_name
	FROM membership m JOIN person p ON p.id = m.person_id AND p.state <> 'disabled'
	WHERE m.org_id = $1 AND m.person_id = $2 AND m.state IN ('active', 'imported') AND (m.until_at IS NULL OR m.until_at > $3)
		AND EXISTS (SELECT 1 FROM membership_role r WHERE r.membership_id = m.id AND r.role = ANY($4))`

const selectColleagues = `
	SELECT p.id, p.first_name || ' ' || p.last_name
	FROM membership m JOIN person p ON p.id = m.person_id AND p.state <> 'disabled'
	WHERE m.org_id = $1 AND m.person_id <> $2 AND m.state IN ('active', 'imported') AND (m.until_at IS NULL OR m.until_at > $3)
		AND EXISTS (SELECT 1 FROM membership_role r WHERE r.membership_id = m.id AND r.role = ANY($4))
	ORDER BY p.last_name, p.first_name, p.id
	LIMIT 500`

// selectReaders are those who have a part in ticket $1, but the actor $2, with what decides whether they still see it:
// only memberships in force at $3 count, and only partnerships in force.
const selectReaders = `
	SELECT x.id, x.email, CASE WHEN x.language <> '' THEN x.language WHEN o.language <> '' THEN o.language
			ELSE COALESCE((SELECT v.language FROM organisation v WHERE v.kind = 'vendor' AND NOT v.is_site), '') END,
		p.side, o.number, o.kind, o.root_id = h.root_id,
		(SELECT string_agg(r.role, ' ') FROM membership_role r WHERE r.membership_id = m.id),
		(SELECT string_agg(pr.role, ' ') FROM partnership pa JOIN partnership_role pr ON pr.partnership_id = pa.id
			WHERE pa.partner_id = o.root_id AND pa.customer_id = h.root_id AND pa.from_at <= $3 AND (pa.until_at IS NULL OR pa.until_at > $3)),
		h.number
	FROM ticket_participant p
	JOIN ticket t ON t.id = p.ticket_id
	JOIN organisation h ON h.id = t.org_id
	JOIN person x ON x.id = p.person_id AND x.state = 'active'
	JOIN organisation o ON o.id = p.org_id AND o.status = 'active'
	JOIN membership m ON m.org_id = p.org_id AND m.person_id = p.person_id AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $3)
	WHERE p.ticket_id = $1 AND p.person_id <> $2
	ORDER BY x.email`

// rowColumns are in the order of Row's fields; rowJoins bring what they name beside the ticket t.
const rowColumns = `t.id, t.number, t.title, t.severity, t.state, t.turn, t.request_kind, t.requester_name, t.owner_id, t.next_on, t.created_at, t.updated_at,
	o.id, o.number, o.name, o.city, p.name, q.name, w.first_name || ' ' || w.last_name`

const rowJoins = `
	JOIN organisation o ON o.id = t.org_id
	LEFT JOIN product p ON p.id = t.product_id
	LEFT JOIN organisation q ON q.id = t.partner_id
	LEFT JOIN person w ON w.id = t.owner_id`

// selectShown begins with the few tickets that the number can mean: PostgreSQL keeps the order of more than eight joins.
//
// It is a request or order of one of the organisations $1 by its number $2, or by an older system's number $3, with all
// that its page says about it.
const selectShown = `
	SELECT t.id, t.kind, t.number, t.org_id, t.partner_id, t.vendor_only, t.request_kind, t.product_id, t.contract_id, t.title, t.draft_text,
		t.severity, t.state, t.turn, t.served_by, t.author_id, t.author_name, t.requester_id, t.requester_name, t.owner_id, t.next_on, t.last_entry,
		t.created_at, t.updated_at, t.closed_at, t.version,
		o.number, o.name, o.city, o.zone, p.code, p.name, q.number, q.name, (SELECT v.name FROM organisation v WHERE v.kind = 'vendor' AND NOT v.is_site),
		c.number, c.level, c.ends_on, w.first_name || ' ' || w.last_name,
		(SELECT string_agg(l.alias, ', ') FROM ticket_alias l WHERE l.ticket_id = t.id),
		` + unsentColumns + `
	FROM (SELECT x.id FROM ticket x WHERE x.number = $2 UNION SELECT l.ticket_id FROM ticket_alias l WHERE l.alias_key = $3) k
	JOIN ticket t ON t.id = k.id AND ` + served + ` AND t.org_id = ANY($1)` + rowJoins + `
	LEFT JOIN support_contract c ON c.id = t.contract_id` + unsentJoins + `
	ORDER BY CASE WHEN t.number = $2 THEN 0 ELSE 1 END, t.created_at DESC, t.id
	LIMIT 10`

// selectAudience are the organisations that see a request of organisation $1, with the number of people in each whose
// roles $3 show it; partners $4 only if it is not withheld.
const selectAudience = `
	SELECT a.id, a.kind, a.number, a.name, a.city,
		(SELECT count(DISTINCT m.person_id) FROM membership m JOIN membership_role r ON r.membership_id = m.id AND r.role = ANY($3)
			WHERE m.org_id = a.id AND m.state = 'active' AND (m.until_at IS NULL OR m.until_at > $2))
	FROM organisation h
	JOIN (
		SELECT f.id FROM organisation x JOIN organisation f ON f.root_id = x.root_id WHERE x.id = $1
		UNION SELECT v.id FROM organisation v WHERE v.kind = 'vendor' AND NOT v.is_site
		UNION SELECT s.scope_id FROM scope s JOIN partnership_role pr ON pr.partnership_id = s.partnership_id AND pr.role = ANY($3)
			WHERE CAST($4 AS BOOLEAN) AND s.org_id = $1 AND s.from_at <= $2 AND s.until_at > $2) k ON TRUE
	JOIN organisation a ON a.id = k.id AND a.status = 'active'
	WHERE h.id = $1
	ORDER BY CASE WHEN a.root_id = h.root_id THEN 0 WHEN a.kind = 'vendor' THEN 2 ELSE 1 END, a.is_site, a.number
	LIMIT 60`

// selectPlanned are what the vendor plans until day $1, of all customers' open requests.
const selectPlanned = `
	SELECT c.id, c.title, c.planned_on, c.version, t.number, o.number, o.name
	FROM ticket_action c
	JOIN ticket t ON t.id = c.ticket_id AND t.is_open AND ` + served + `
	JOIN organisation o ON o.id = t.org_id
	WHERE c.state = 'planned' AND c.side = 'vendor' AND c.planned_on <= $1
	ORDER BY c.planned_on, c.id
	LIMIT 10`
