-- +goose Up
-- A mail domain that an organisation says is its own, and proves by a TXT record.
CREATE TABLE federation_domain (
    id         TEXT PRIMARY KEY,
    org_id     TEXT NOT NULL REFERENCES organisation (id),
    domain     TEXT NOT NULL,         -- A-labels, lower case
    token      TEXT NOT NULL,         -- stands in the record; no secret
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    proven_at  TIMESTAMPTZ,           -- since when the proof holds; NULL = it does not (any more)
    seen_at    TIMESTAMPTZ,           -- when the record was last there
    missing_at TIMESTAMPTZ,           -- since when it is gone, while the proof still holds
    checked_at TIMESTAMPTZ            -- when somebody or the program last asked
);
CREATE UNIQUE INDEX federation_domain_org_id_domain_key ON federation_domain (org_id, domain);
CREATE UNIQUE INDEX federation_domain_domain_key ON federation_domain (domain) WHERE proven_at IS NOT NULL;
CREATE INDEX federation_domain_due ON federation_domain (checked_at, id) WHERE proven_at IS NOT NULL;
-- The sign-in of a company: one per organisation.
CREATE TABLE federation_connection (
    id          TEXT PRIMARY KEY,     -- stands in its addresses
    org_id      TEXT NOT NULL REFERENCES organisation (id),
    issuer      TEXT NOT NULL,        -- '' while it is a draft
    client_id   TEXT NOT NULL,
    secret      TEXT NOT NULL,        -- sealed client secret; '' = none
    state       TEXT NOT NULL CHECK (state IN ('draft', 'off', 'on')),
    joins       BOOLEAN NOT NULL,     -- people whom the portal does not know become contacts without a role
    trusts_mail BOOLEAN NOT NULL,     -- an address counts as verified without the company saying so
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX federation_connection_org_id_key ON federation_connection (org_id);
-- What may come once: the answer to a sign-in, a logout token, the proof of a link.
CREATE TABLE federation_used (
    id       TEXT PRIMARY KEY,
    until_at TIMESTAMPTZ NOT NULL     -- from then it could not be used anyway
);
CREATE INDEX federation_used_over ON federation_used (until_at);
