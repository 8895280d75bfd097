package release

const columns = `r.id, r.product_id, r.channel, r.name, r.released_on, r.title, r.notes, r.notes_html, r.is_mandatory, r.minimum_version, r.state, r.reason, r.published_at,
	r.withdrawn_at, r.updated_at, r.version`

const fileColumns = `f.id, f.release_id, f.name, f.kind, f.platform, f.arch, f.size, f.sha256, f.sha512, f.blob_id, f.file_on, f.signature, f.key_id,
	COALESCE((SELECT k.name FROM release_key k WHERE k.id = f.key_id), '')`

const selectZone = `SELECT zone FROM organisation WHERE id = $1`

const selectRelease = `SELECT ` + columns + ` FROM release r WHERE r.id = $1`

const insertRelease = `
	INSERT INTO release (id, product_id, channel, name, name_key, sort_key, released_on, title, notes, notes_html, is_mandatory, minimum_version, state,
		reason, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', $14, $14, 1)`

const updateRelease = `
	UPDATE release SET channel = $2, name = $3, name_key = $4, sort_key = $5, released_on = $6, title = $7, notes = $8, notes_html = $9, is_mandatory = $10,
		minimum_version = $11, updated_at = $12, version = version + 1
	WHERE id = $1`

const updateState = `UPDATE release SET state = $2, updated_at = $3, version = version + 1 WHERE id = $1`

const updatePublished = `UPDATE release SET state = 'published', published_at = $2, updated_at = $2, version = version + 1 WHERE id = $1`

const updateWithdrawn = `UPDATE release SET state = 'withdrawn', reason = $2, withdrawn_at = $3, updated_at = $3, version = version + 1 WHERE id = $1`

const deleteRelease = `DELETE FROM release WHERE id = $1`

const selectNames = `SELECT id, name FROM release WHERE product_id = $1`

const updateSortKey = `UPDATE release SET sort_key = $2 WHERE id = $1`

const selectRows = `
	SELECT r.id, r.name, r.title, r.channel, r.state, r.released_on, r.is_mandatory, r.updated_at, p.name,
		(SELECT count(*) FROM release_file f WHERE f.release_id = r.id), (SELECT COALESCE(CAST(sum(f.size) AS BIGINT), 0) FROM release_file f WHERE f.release_id = r.id)
	FROM release r JOIN product p ON p.id = r.product_id
	WHERE (r.updated_at, r.id) < ($1, $2)
		AND (CAST($4 AS TEXT) = '' OR p.code_key = $4) AND (CAST($5 AS TEXT) = '' OR r.channel = $5) AND (CAST($6 AS TEXT) = '' OR r.state = $6)
	ORDER BY r.updated_at DESC, r.id DESC
	LIMIT $3`

const selectFiles = `SELECT ` + fileColumns + ` FROM release_file f WHERE f.release_id = $1 ORDER BY f.name, f.id`

const selectFile = `SELECT ` + fileColumns + ` FROM release_file f WHERE f.id = $1 AND f.release_id = $2`

const insertFile = `
	INSERT INTO release_file (id, release_id, name, name_key, kind, platform, arch, size, sha256, sha512, blob_id, file_on, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

const updateSignature = `UPDATE release_file SET signature = $2, key_id = $3 WHERE id = $1`

const keyColumns = `k.id, k.name, k.public_key, k.from_on, k.until_on, k.version`

const selectKeys = `SELECT ` + keyColumns + ` FROM release_key k ORDER BY k.created_at DESC, k.id DESC`

const selectKey = `SELECT ` + keyColumns + ` FROM release_key k WHERE k.id = $1`

const insertKey = `
	INSERT INTO release_key (id, name, public_key, from_on, until_on, made_by, created_at, updated_at, version)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)`

const updateKey = `UPDATE release_key SET until_on = $2, updated_at = $3, version = version + 1 WHERE id = $1`

const deleteFile = `DELETE FROM release_file WHERE id = $1`

const offeredColumns = fileColumns + `, r.name, r.title, r.channel, r.released_on, r.is_mandatory, r.notes_html, r.published_at, r.product_id`

// selectOffered walks by product, the latest version first; $3 is the last file of the page before.
const selectOffered = `
	SELECT ` + offeredColumns + `
	FROM release r
	JOIN product p ON p.id = r.product_id
	JOIN release_file f ON f.release_id = r.id
	WHERE r.product_id = ANY($1) AND r.state = 'published'
		AND (CAST($3 AS TEXT) = '' OR EXISTS (
			SELECT 1 FROM release_file lf JOIN release lr ON lr.id = lf.release_id JOIN product lp ON lp.id = lr.product_id
			WHERE lf.id = $3 AND ((p.name, p.id) > (lp.name, lp.id)
				OR p.id = lp.id AND ((r.sort_key, r.id) < (lr.sort_key, lr.id) OR r.id = lr.id AND (f.name, f.id) > (lf.name, lf.id)))))
		AND (CAST($4 AS TEXT) = '' OR r.name_key LIKE $4 ESCAPE '\' OR f.name_key LIKE $4 ESCAPE '\' OR r.product_id = ANY($7))
		AND (CAST($5 AS TEXT) = '' OR p.code_key = $5)
		AND (CAST($6 AS TEXT) = '' OR f.kind = $6)
	ORDER BY p.name, p.id, r.sort_key DESC, r.id DESC, f.name, f.id
	LIMIT $2`

const selectFetch = `
	SELECT ` + offeredColumns + `
	FROM release_file f
	JOIN release r ON r.id = f.release_id
	WHERE f.id = $1 AND r.state = 'published' AND r.product_id = ANY($2)`

// insertTaken adds no line while there is one of the same file for the same organisation since $9.
const insertTaken = `
	INSERT INTO download (person_id, at, file_name, source, org_id, product_id, file_id, name, file_on)
	SELECT $1, $2, $3, '', $4, $5, $6, $7, $8
	WHERE NOT EXISTS (SELECT 1 FROM download d WHERE d.person_id = $1 AND d.file_id = $6 AND d.org_id = $4 AND d.at >= $9)
	ON CONFLICT (person_id, at, file_name, source) DO NOTHING`

const deleteOld = `DELETE FROM download WHERE person_id = $1 AND source = $2`

const insertOld = `
	INSERT INTO download (person_id, at, file_name, source, org_id, product_id, file_id, name, file_on)
	VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8)
	ON CONFLICT (person_id, at, file_name, source) DO NOTHING`

// selectTaken holds each line against the latest release of its product that is no beta.
const selectTaken = `
	SELECT d.at, d.file_name, d.name, d.file_on, COALESCE(f.id, ''), COALESCE(r.state, ''), COALESCE(r.reason, ''), COALESCE(r.released_on, ''), r.withdrawn_at,
		d.product_id, p.name, p.scheme, COALESCE(n.name, ''), COALESCE(n.released_on, ''), COALESCE(n.sort_key, '')
	FROM download d
	JOIN product p ON p.id = d.product_id
	LEFT JOIN release_file f ON f.id = d.file_id
	LEFT JOIN release r ON r.id = f.release_id
	LEFT JOIN release n ON n.id = (
		SELECT x.id FROM release x WHERE x.product_id = d.product_id AND x.state = 'published' AND x.channel <> 'beta' ORDER BY x.sort_key DESC LIMIT 1)
	WHERE d.person_id = $1 AND d.at >= $2 AND (d.org_id = ANY($3) OR d.org_id = '')
	ORDER BY d.at DESC, d.file_name
	LIMIT 1000`
