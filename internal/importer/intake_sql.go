package importer

const intakeColumns = `
	i.id, i.file_name, i.size, i.export_id, i.language, i.state, i.stopping, i.source,
	i.made_by, COALESCE(m.first_name || ' ' || m.last_name, ''), i.started_by, COALESCE(s.first_name || ' ' || s.last_name, ''),
	i.at_file, i.done, i.total, i.taken, i.found, i.came, i.report_id, i.report_size, i.report_sha, i.tries, i.again_at, i.reference,
	i.created_at, i.started_at, i.ended_at, i.touched_at
	FROM import_intake i
	LEFT JOIN person m ON m.id = i.made_by
	LEFT JOIN person s ON s.id = i.started_by`

const selectIntake = `SELECT ` + intakeColumns + ` WHERE i.id = $1 AND i.org_id = $2`

const selectIntakes = `SELECT ` + intakeColumns + ` WHERE i.org_id = $1 AND i.id < $2 ORDER BY i.id DESC LIMIT $3`

const insertIntake = `
	INSERT INTO import_intake (id, org_id, file_name, size, export_id, language, state, stopping, source, made_by, started_by, at_file, done, total,
		taken, found, came, report_id, report_size, report_sha, tries, again_at, reference, created_at, touched_at)
	VALUES ($1, $2, $3, $4, $5, $6, 'checking', FALSE, '', $7, '', '', 0, 0, '{}', '', '', '', 0, '', 0, $8, '', $8, $8)`

const updateStarted = `
	UPDATE import_intake SET state = $2, stopping = FALSE, started_by = CASE WHEN $2 = 'running' THEN $3 ELSE started_by END,
		started_at = CASE WHEN $2 = 'running' AND started_at IS NULL THEN $4 ELSE started_at END, at_file = '', done = 0, total = 0, tries = 0, again_at = $4, reference = '',
		touched_at = $4
	WHERE id = $1`

const updateStopping = `UPDATE import_intake SET stopping = TRUE, again_at = $2, touched_at = $2 WHERE id = $1`

const updateDiscarded = `UPDATE import_intake SET state = 'discarded', export_id = '', report_id = '', ended_at = $2, touched_at = $2 WHERE id = $1`

const selectWork = `
	SELECT id, org_id FROM import_intake
	WHERE state IN ('checking', 'running') AND again_at <= $1
	ORDER BY again_at, id
	LIMIT 1`

const updateProgress = `UPDATE import_intake SET at_file = $2, done = $3, total = $4, touched_at = $5 WHERE id = $1 AND state IN ('checking', 'running') RETURNING stopping`

const selectTaken = `SELECT taken FROM import_intake WHERE id = $1`

const updateTaken = `UPDATE import_intake SET taken = $2 WHERE id = $1`

const updateSource = `UPDATE import_intake SET source = $2 WHERE id = $1`

const updateStopped = `UPDATE import_intake SET state = 'stopped', stopping = FALSE, touched_at = $2 WHERE id = $1 AND state IN ('checking', 'running')`

const updateFailed = `
	UPDATE import_intake SET state = CASE WHEN $5 THEN 'failed' ELSE state END, stopping = CASE WHEN $5 THEN FALSE ELSE stopping END, tries = $2, again_at = $3, reference = $4, touched_at = $6
	WHERE id = $1 AND state IN ('checking', 'running')`

const updateFound = `
	UPDATE import_intake SET state = $2, stopping = FALSE, found = $3, export_id = CASE WHEN $2 = 'refused' THEN '' ELSE export_id END, report_id = $4, report_size = $5, report_sha = $6,
		tries = 0, reference = '', ended_at = CASE WHEN $2 = 'refused' THEN $7 ELSE ended_at END, touched_at = $7
	WHERE id = $1 AND (state = 'checking' OR state = 'running' AND $2 = 'refused')`

const updateCame = `
	UPDATE import_intake SET state = 'done', stopping = FALSE, came = $2, export_id = '', report_id = $3, report_size = $4, report_sha = $5, tries = 0, reference = '',
		ended_at = $6, touched_at = $6
	WHERE id = $1 AND state = 'running'`

// selectOver are those whose export nobody lets run any more, or whose report is old; $1 and $2 are since when.
const selectOver = `
	SELECT id, org_id FROM import_intake
	WHERE (export_id <> '' AND state IN ('checked', 'stopped', 'failed') AND touched_at < $1) OR (report_id <> '' AND state IN ('refused', 'done') AND touched_at < $2)
	ORDER BY id
	LIMIT 100`

const updateReportGone = `UPDATE import_intake SET report_id = '', found = '', came = '' WHERE id = $1`

const countHeld = `SELECT count(*) FROM import_intake WHERE export_id <> ''`
