package home

const selectPlace = `
	SELECT o.id, o.name, o.city, o.kind, o.zone, o.number, o.is_site,
		(SELECT string_agg(p.name, ', ') FROM organisation p WHERE p.id IN (SELECT pa.partner_id FROM partnership pa
			WHERE pa.customer_id = o.root_id AND pa.from_at <= $2 AND (pa.until_at IS NULL OR pa.until_at > $2)))
	FROM organisation o
	WHERE o.id = $1`

const selectZone = `SELECT zone FROM organisation WHERE id = $1`

const selectCustomers = `
	SELECT o.number, o.name, o.city, pa.until_at
	FROM partnership pa
	JOIN organisation o ON o.id = pa.customer_id AND o.status <> 'terminated'
	WHERE pa.partner_id = $1 AND pa.from_at <= $2 AND (pa.until_at IS NULL OR pa.until_at > $2)
		AND EXISTS (SELECT 1 FROM partnership_role pr WHERE pr.partnership_id = pa.id AND pr.role = ANY($3))
	ORDER BY o.name_key, o.number
	LIMIT 50`

// selectLonely are organisations in which nobody can let anybody in, since an import.
const selectLonely = `
	SELECT o.number, o.name, o.city
	FROM organisation o
	WHERE o.kind <> 'vendor' AND NOT o.is_site AND o.status = 'active' AND NOT EXISTS (
		SELECT 1 FROM membership m JOIN membership_role r ON r.membership_id = m.id AND r.role = 'security-administrator'
		WHERE m.org_id = o.id AND m.state IN ('active', 'invited', 'imported'))
	ORDER BY o.number
	LIMIT 10`

const countWaiting = `
	SELECT (SELECT count(*) FROM (
			SELECT 1 FROM membership m JOIN invitation i ON i.membership_id = m.id AND i.used_at IS NULL AND i.withdrawn_at IS NULL
			WHERE m.org_id = $1 AND m.state = 'invited' AND i.expires_at <= $2 LIMIT 100) x),
		(SELECT count(*) FROM (SELECT 1 FROM partner_ask k WHERE k.customer_id = $1 AND k.answer = '' AND k.expires_at > $2 LIMIT 100) y),
		(SELECT count(*) FROM (SELECT 1 FROM partnership p WHERE p.customer_id = $1 AND p.until_at IS NULL LIMIT 100) z),
		(SELECT count(*) FROM (SELECT 1 FROM role_ask r WHERE r.org_id = $1 AND r.answer = '' UNION ALL SELECT 1 FROM role_ask r WHERE r.desk_id = $1 AND r.answer = '' LIMIT 100) u)`

const eventColumns = `
	SELECT e.at, e.id, e.person_id, COALESCE(p.first_name || ' ' || p.last_name, ''), COALESCE(o.name, ''), e.source, e.address, e.name, e.subject, e.body, COALESCE(t.number, '')
	FROM event e
	LEFT JOIN person p ON p.id = e.person_id
	LEFT JOIN organisation o ON o.id = e.member_id
	LEFT JOIN ticket t ON t.id = CASE WHEN e.subject LIKE 'ticket:%' THEN substr(e.subject, 8) ELSE '' END`

// Whether an internal note exists is the vendor's own business, so only staff read of it.
const eventsFrom = `
	WHERE e.org_id = $1 AND (e.at, e.id) < ($2, $3) AND ($4 OR e.name <> 'ticket.note_written') AND e.at >= $6`

const eventsInOrder = `
	ORDER BY e.at DESC, e.id DESC
	LIMIT $5`

// Conditions of the log's filter; a number of a parameter follows. The kind is what the index event_of_kind has; beside a person or a subject, whose
// own indexes give less, it is looked at row by row.
const (
	eventsBy      = ` AND e.person_id = `
	eventsAbout   = ` AND e.subject = `
	eventsOf      = ` AND rtrim(e.name, 'abcdefghijklmnopqrstuvwxyz_') = `
	eventsOfAmong = ` AND e.name LIKE `
)
