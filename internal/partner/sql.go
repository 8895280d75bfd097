package partner

const (
	columns = `
	SELECT p.id, p.partner_id, p.customer_id, c.zone, o.number, o.name, o.city,
		COALESCE((SELECT string_agg(r.role, ' ') FROM partnership_role r WHERE r.partnership_id = p.id), ''),
		p.from_on, p.until_on, p.from_at, p.until_at, p.extends, p.given_by, p.ended_by, p.created_at, p.version
	FROM partnership p
	JOIN organisation c ON c.id = p.customer_id`
	withPartner  = columns + ` JOIN organisation o ON o.id = p.partner_id`
	withCustomer = columns + ` JOIN organisation o ON o.id = p.customer_id`
	present      = ` AND (p.until_at IS NULL OR p.until_at > $3)`
	past         = ` AND p.until_at <= $3`
	newest       = ` AND p.id < $2`
	page         = ` ORDER BY p.id DESC LIMIT $4`
)

// selectList by side, and whether it is those that are over.
var selectList = map[Side]map[bool]string{
	AsCustomer: {false: withPartner + ` WHERE p.customer_id = $1` + newest + present + page, true: withPartner + ` WHERE p.customer_id = $1` + newest + past + page},
	AsPartner:  {false: withCustomer + ` WHERE p.partner_id = $1` + newest + present + page, true: withCustomer + ` WHERE p.partner_id = $1` + newest + past + page},
}

var selectOne = map[Side]string{
	AsCustomer: withPartner + ` WHERE p.customer_id = $1 AND p.id = $2`,
	AsPartner:  withCustomer + ` WHERE p.partner_id = $1 AND p.id = $2`,
}

// selectPair are the partnerships of two that are not over.
const selectPair = withPartner + ` WHERE p.partner_id = $1 AND p.customer_id = $2` + present

// selectEnding are those that end soon and have not been looked at for that day, or that extend by themselves.
const selectEnding = withPartner + `
	WHERE p.until_at > $1 AND p.until_at <= $2 AND p.until_on <> p.told_until AND c.status <> 'terminated' AND o.status <> 'terminated'
	ORDER BY p.until_at LIMIT 100`

const selectUses = `
	SELECT e.at, COALESCE(x.first_name, ''), COALESCE(x.last_name, ''), o.number
	FROM event e
	JOIN organisation o ON o.id = e.org_id
	LEFT JOIN person x ON x.id = e.person_id
	WHERE e.org_id = ANY($1) AND e.subject = $2 AND e.at >= $4 AND e.at <= $5
	ORDER BY e.at DESC, e.id DESC
	LIMIT $3`

const insertAsk = `
	INSERT INTO partner_ask (id, partner_id, number, customer_id, roles, months, reason, asked_by, asked_at, expires_at, answer, answered_at, partnership_id)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', NULL, '')`

// countAsks are a partner's of a day, countSame those of a number that wait or were answered lately.
const countAsks = `SELECT count(*) FROM (SELECT 1 FROM partner_ask WHERE partner_id = $1 AND asked_at > $2 LIMIT $3) n`

const countSame = `
	SELECT count(*) FROM partner_ask
	WHERE partner_id = $1 AND number = $3 AND expires_at > $2 AND (answer = '' OR answer <> 'agreed' AND answered_at > $4)`

const deleteAsks = `DELETE FROM partner_ask WHERE expires_at < $1`

// selectAsked is whose a number is: the head of a family that is neither the vendor nor the partner itself, and not terminated.
const selectAsked = `
	SELECT h.id FROM organisation o
	JOIN organisation h ON h.id = o.root_id
	WHERE o.number = $1 AND h.kind <> 'vendor' AND h.id <> $2 AND h.status <> 'terminated'`

const askColumns = `
	SELECT k.id, k.partner_id, k.customer_id, o.number, o.name, o.city, k.number, k.roles, k.months, k.reason, k.asked_by, k.asked_at, k.expires_at, k.answer, k.answered_at, k.partnership_id
	FROM partner_ask k
	JOIN organisation o ON o.id = k.partner_id`

const (
	selectAsks  = askColumns + ` WHERE k.partner_id = $1 ORDER BY k.id DESC LIMIT 50`
	selectWaits = askColumns + ` WHERE k.customer_id = $1 AND k.answer = '' AND k.expires_at > $2 ORDER BY k.id LIMIT 50`
	selectNew   = askColumns + ` WHERE k.id = $1 AND k.answer = ''`
	answerAsk   = `UPDATE partner_ask SET answer = $2, answered_at = $3, partnership_id = $4 WHERE id = $1 AND answer = ''`
)

// selectAsk is one that waits, by the side on which the organisation stands.
var selectAsk = map[Side]string{
	AsCustomer: askColumns + ` WHERE k.id = $1 AND k.answer = '' AND k.expires_at > $2 AND k.customer_id = $3`,
	AsPartner:  askColumns + ` WHERE k.id = $1 AND k.answer = '' AND k.expires_at > $2 AND k.partner_id = $3`,
}
