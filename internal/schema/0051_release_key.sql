-- +goose Up
-- Public keys by which signatures of files are checked. The private halves never come here.
CREATE TABLE release_key (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    public_key TEXT NOT NULL,  -- Ed25519, hex
    from_on    TEXT NOT NULL,  -- civil days of the vendor between which it signs, both included
    until_on   TEXT NOT NULL,  -- '' = until further notice
    made_by    TEXT NOT NULL,  -- person
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX release_key_public_key_key ON release_key (public_key);
ALTER TABLE release_file ADD COLUMN signature TEXT NOT NULL DEFAULT '';  -- detached, Ed25519ph, base64 without padding; '' = none
ALTER TABLE release_file ADD COLUMN key_id TEXT NOT NULL DEFAULT '';     -- release_key that made it
