-- +goose Up
-- Keys with which programs call the API.
CREATE TABLE api_token (
    id         TEXT PRIMARY KEY,
    org_id     TEXT NOT NULL REFERENCES organisation (id),  -- owner
    name       TEXT NOT NULL,
    prefix     TEXT NOT NULL,  -- beginning of the text, by which people know it
    hash       TEXT NOT NULL,  -- SHA-256 of the text, hex
    scopes     TEXT NOT NULL,  -- names, separated by blanks
    maker_id   TEXT NOT NULL,  -- person whose present roles count; '' = console
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,    -- about; NULL = never
    revoked_at TIMESTAMPTZ,
    revoked_by TEXT NOT NULL   -- person; '' = not, or console
);
CREATE UNIQUE INDEX api_token_hash_key ON api_token (hash);
CREATE INDEX api_token_of_org ON api_token (org_id, id);
CREATE INDEX api_token_of_maker ON api_token (maker_id, id);
