-- +goose Up
CREATE TABLE ticket (
    id               TEXT PRIMARY KEY,
    kind             TEXT NOT NULL CHECK (kind IN ('request', 'task', 'licence-case', 'installation', 'order')),
    number           TEXT NOT NULL,       -- SR-7K3M-Q2XS
    org_id           TEXT NOT NULL,       -- organisation or site; never changes
    partner_id       TEXT NOT NULL,       -- partner that serves it first; '' = none
    vendor_only      BOOLEAN NOT NULL,    -- withheld from partners by the customer
    request_kind     TEXT NOT NULL CHECK (request_kind IN ('', 'question', 'defect', 'wish')),
    product_id       TEXT NOT NULL,       -- '' = none
    product_version  TEXT NOT NULL,
    contract_id      TEXT NOT NULL,       -- support contract it was opened under; '' = none
    title            TEXT NOT NULL,
    draft_text       TEXT NOT NULL,       -- of a draft: what its first message will be; '' once it is sent
    severity         INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
    state            TEXT NOT NULL CHECK (state IN ('draft', 'new', 'partner-analysis', 'vendor-analysis', 'waiting-for-information', 'solution-proposed', 'refused', 'reopened', 'closed', 'cancelled')),
    turn             TEXT NOT NULL CHECK (turn IN ('', 'customer', 'partner', 'vendor')),
    served_by        TEXT NOT NULL CHECK (served_by IN ('', 'partner', 'vendor')), -- who works on it when it is not the customer's turn; '' of a draft
    is_open          BOOLEAN NOT NULL,    -- neither draft nor closed nor cancelled
    author_id        TEXT NOT NULL,       -- who entered it
    author_name      TEXT NOT NULL,
    requester_id     TEXT NOT NULL,       -- for whom; the author unless on behalf
    requester_name   TEXT NOT NULL,
    owner_id         TEXT NOT NULL,       -- of the helpdesk; '' = nobody yet
    next_on          TEXT NOT NULL,       -- earliest planned action, civil day; '' = none
    due_at           TIMESTAMPTZ,         -- next of the three below
    response_due_at  TIMESTAMPTZ,
    update_due_at    TIMESTAMPTZ,
    solution_due_at  TIMESTAMPTZ,
    last_entry       BIGINT NOT NULL,     -- seq of the newest entry
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL,
    closed_at        TIMESTAMPTZ,
    version          BIGINT NOT NULL
);
CREATE UNIQUE INDEX ticket_number_key ON ticket (number);
CREATE INDEX ticket_of_org ON ticket (org_id, updated_at DESC, id DESC);
CREATE INDEX ticket_open_of_org ON ticket (org_id, updated_at DESC, id DESC) WHERE is_open;
CREATE INDEX ticket_of_requester ON ticket (requester_id, org_id, updated_at DESC, id DESC);
CREATE INDEX ticket_of_author ON ticket (author_id, org_id, updated_at DESC, id DESC);
CREATE INDEX ticket_queue ON ticket (severity, next_on, created_at, id) WHERE is_open;
CREATE INDEX ticket_of_owner ON ticket (owner_id, updated_at DESC, id DESC) WHERE is_open;
CREATE INDEX ticket_newest ON ticket (updated_at DESC, id DESC);
-- Old systems' numbers, "formerly …".
CREATE TABLE ticket_alias (
    alias_key TEXT NOT NULL,
    ticket_id TEXT NOT NULL REFERENCES ticket (id),
    alias     TEXT NOT NULL,
    PRIMARY KEY (alias_key, ticket_id)
);
CREATE TABLE ticket_scope (
    scope_id   TEXT NOT NULL,  -- partner
    ticket_id  TEXT NOT NULL REFERENCES ticket (id),
    org_id     TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope_id, ticket_id)
);
CREATE INDEX ticket_scope_newest ON ticket_scope (scope_id, updated_at DESC, ticket_id DESC);
-- Who has had a part in it, and so is written to. It gives no right: that is looked up again before each letter.
CREATE TABLE ticket_participant (
    ticket_id TEXT NOT NULL REFERENCES ticket (id),
    person_id TEXT NOT NULL,
    side      TEXT NOT NULL CHECK (side IN ('customer', 'partner', 'vendor')),
    org_id    TEXT NOT NULL,   -- organisation acted for
    PRIMARY KEY (ticket_id, person_id)
);
CREATE INDEX ticket_participant_of_person ON ticket_participant (person_id, ticket_id);
-- The timeline: rows are added, never changed.
CREATE TABLE ticket_entry (
    ticket_id   TEXT NOT NULL REFERENCES ticket (id),
    seq         BIGINT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('message', 'solution', 'state', 'action', 'severity', 'owner', 'partners')),
    visibility  TEXT NOT NULL CHECK (visibility IN ('public', 'partner', 'internal')),
    side        TEXT NOT NULL CHECK (side IN ('customer', 'partner', 'vendor', 'system')),
    author_id   TEXT NOT NULL,
    author_name TEXT NOT NULL,
    org_id      TEXT NOT NULL,   -- organisation the author acted for; '' = not known
    text        TEXT NOT NULL,   -- as written, Markdown
    html        TEXT NOT NULL,   -- rendered and cleaned when written
    detail      TEXT NOT NULL,   -- JSON of a change: from, to, day, title
    at          TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (ticket_id, seq)
);
-- The plan, seen by all three sides.
CREATE TABLE ticket_action (
    id           TEXT PRIMARY KEY,
    ticket_id    TEXT NOT NULL REFERENCES ticket (id),
    title        TEXT NOT NULL,
    side         TEXT NOT NULL CHECK (side IN ('customer', 'partner', 'vendor')),
    owner_id     TEXT NOT NULL,   -- person; '' = the side as a whole
    owner_name   TEXT NOT NULL,
    planned_on   TEXT NOT NULL,   -- civil day
    was_on       TEXT NOT NULL,   -- the day before the last move; ''
    state        TEXT NOT NULL CHECK (state IN ('planned', 'done', 'dropped')),
    result       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    done_at      TIMESTAMPTZ,
    version      BIGINT NOT NULL
);
CREATE INDEX ticket_action_of_ticket ON ticket_action (ticket_id, planned_on, id);
CREATE TABLE ticket_file (
    id         TEXT PRIMARY KEY,
    ticket_id  TEXT NOT NULL REFERENCES ticket (id),
    seq        BIGINT NOT NULL,   -- entry it belongs to; 0 of a draft
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'partner', 'internal')),
    blob_id    TEXT NOT NULL,
    name       TEXT NOT NULL,     -- cleaned, at most 200 characters
    size       BIGINT NOT NULL,
    sha256     TEXT NOT NULL,     -- hex
    scan       TEXT NOT NULL CHECK (scan IN ('not-scanned', 'clean', 'held')),
    added_by   TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ticket_file_of_ticket ON ticket_file (ticket_id, seq, id);
