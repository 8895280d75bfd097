-- +goose Up
-- A public key whose private half a person's device or password manager keeps: it opens the account without password.
CREATE TABLE passkey (
    id            TEXT PRIMARY KEY,
    person_id     TEXT NOT NULL REFERENCES person (id),
    credential_id TEXT NOT NULL,    -- as its authenticator calls it, base64url
    name          TEXT NOT NULL,
    record        TEXT NOT NULL,    -- the whole credential, JSON as the library writes it
    synced        BOOLEAN NOT NULL, -- its authenticator keeps a copy elsewhere
    doubtful      BOOLEAN NOT NULL, -- its counter went back once: it may have been copied
    made_at       TIMESTAMPTZ NOT NULL,
    used_at       TIMESTAMPTZ
);
CREATE UNIQUE INDEX passkey_credential_id_key ON passkey (credential_id);
CREATE INDEX passkey_of_person ON passkey (person_id);
-- Challenges that were answered. They carry their own end and proof that they are ours, so that none rests before.
CREATE TABLE passkey_challenge (
    hash    TEXT PRIMARY KEY,
    used_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX passkey_challenge_used ON passkey_challenge (used_at); -- for the sweep
