-- +goose Up
-- What a reseller may: a partner, or the vendor itself. Without a row: no trials, and the roles of every partner.
CREATE TABLE reseller (
    org_id     TEXT PRIMARY KEY REFERENCES organisation (id),
    trial_days INTEGER NOT NULL CHECK (trial_days >= 0),  -- the longest trial; 0 = none
    updated_at TIMESTAMPTZ NOT NULL
);
-- Roles that the partner has for a customer whom it makes.
CREATE TABLE reseller_role (
    org_id TEXT NOT NULL REFERENCES reseller (org_id),
    role   TEXT NOT NULL,
    PRIMARY KEY (org_id, role)
);
-- A customer that was made here. Imported ones have no row until somebody gives them a reseller.
CREATE TABLE customer (
    org_id      TEXT PRIMARY KEY REFERENCES organisation (id),
    reseller_id TEXT NOT NULL REFERENCES organisation (id),
    name_key    TEXT NOT NULL,  -- of the organisation's name
    notes       TEXT NOT NULL,  -- for those who support the customer; never shown to it
    created_by  TEXT NOT NULL,  -- person
    created_at  TIMESTAMPTZ NOT NULL,
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX customer_reseller_id_name_key_key ON customer (reseller_id, name_key);
-- A customer that is not made yet: what the steps of the wizard have saved.
CREATE TABLE customer_draft (
    id           TEXT PRIMARY KEY,
    reseller_id  TEXT NOT NULL REFERENCES organisation (id),
    name         TEXT NOT NULL,
    product_type TEXT NOT NULL,  -- code as chosen
    reference    TEXT NOT NULL,
    country      TEXT NOT NULL,
    language     TEXT NOT NULL,
    notes        TEXT NOT NULL,
    is_trial     BOOLEAN NOT NULL,
    trial_until  TEXT NOT NULL,
    first_name   TEXT NOT NULL,
    last_name    TEXT NOT NULL,
    email        TEXT NOT NULL,  -- as typed
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX customer_draft_of ON customer_draft (reseller_id, id);
-- One line per customer and draft with everything the list sorts by, each an index: kept by the package as others tell it.
CREATE TABLE customer_line (
    id            TEXT PRIMARY KEY,  -- of the organisation or of the draft
    reseller_id   TEXT NOT NULL,     -- '' = none
    number        BIGINT NOT NULL,   -- 0 of a draft
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL,
    created_on    TEXT NOT NULL,     -- civil day; '' = not known
    status        TEXT NOT NULL CHECK (status IN ('draft', 'active', 'disabled', 'terminated')),
    reference     TEXT NOT NULL,
    reference_key TEXT NOT NULL,     -- folded
    type_key      TEXT NOT NULL,     -- code of the product type, folded; '' = none
    trial_until   TEXT NOT NULL,     -- the first charged day; '' = no trial
    progress      TEXT NOT NULL CHECK (progress IN ('0-details', '1-user', '9-complete'))
);
CREATE INDEX customer_line_by_name ON customer_line (name_key, id);
CREATE INDEX customer_line_by_number ON customer_line (number, id);
CREATE INDEX customer_line_by_created ON customer_line (created_on, id);
CREATE INDEX customer_line_by_status ON customer_line (status, id);
CREATE INDEX customer_line_by_reference ON customer_line (reference_key, id);
CREATE INDEX customer_line_by_type ON customer_line (type_key, id);
CREATE INDEX customer_line_by_progress ON customer_line (progress, id);
-- What an upgrade finds. Only here are references folded by the database: SQLite knows ASCII alone, which sorts nearly the same.
INSERT INTO customer_line (id, reseller_id, number, name, name_key, created_on, status, reference, reference_key, type_key, trial_until, progress)
SELECT o.id, '', o.number, o.name, o.name_key, o.created_on, o.status, o.reference, lower(o.reference), '', '', '9-complete'
FROM organisation o WHERE o.kind = 'customer' AND NOT o.is_site;
