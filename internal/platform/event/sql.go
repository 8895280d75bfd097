package event

const insertEvent = `
	INSERT INTO event (at, id, org_id, person_id, as_person_id, member_id, source, session_id, address, name, subject, body)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

const insertNew = `INSERT INTO event_new (at, id) VALUES ($1, $2)`

const selectOfOrg = `
	SELECT at, id, org_id, person_id, as_person_id, member_id, source, address, name, subject, body
	FROM event
	WHERE org_id = $1 AND (at, id) < ($2, $3)
	ORDER BY at DESC, id DESC
	LIMIT $4`

// selectNew takes what is visible now; an earlier event that commits later comes with a later seal.
const selectNew = `
	SELECT e.at, e.id, e.org_id, e.person_id, e.as_person_id, e.member_id, e.source, e.address, e.name, e.subject, e.body
	FROM event_new n
	JOIN event e ON e.at = n.at AND e.id = n.id
	ORDER BY n.at, n.id
	LIMIT $1`

const selectLastSeal = `SELECT n, first_seq, last_seq, root, prev, hash FROM seal ORDER BY n DESC LIMIT 1`

const insertSeq = `INSERT INTO event_seq (seq, at, id, leaf) VALUES ($1, $2, $3, $4)`

const deleteNew = `DELETE FROM event_new WHERE at = $1 AND id = $2`

const insertSeal = `INSERT INTO seal (n, first_seq, last_seq, root, prev, hash) VALUES ($1, $2, $3, $4, $5, $6)`

const selectSeals = `SELECT n, first_seq, last_seq, root, prev, hash FROM seal WHERE n > $1 ORDER BY n LIMIT $2`

const selectSealed = `
	SELECT e.at, e.id, e.org_id, e.person_id, e.as_person_id, e.member_id, e.source, e.address, e.name, e.subject, e.body
	FROM event_seq s
	JOIN event e ON e.at = s.at AND e.id = s.id
	WHERE s.seq BETWEEN $1 AND $2
	ORDER BY s.seq`
