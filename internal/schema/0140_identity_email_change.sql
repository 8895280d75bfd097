-- +goose Up
-- Somebody wants to sign in with another address. Until the new mailbox is proved nothing changes; the old one can stop it, and for a while take it back.
CREATE TABLE email_change (
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES person (id),
    old_email  TEXT NOT NULL,
    new_email  TEXT NOT NULL,
    token_hash TEXT NOT NULL,   -- of what was mailed to the new address
    stop_hash  TEXT NOT NULL,   -- of what was mailed to the old one
    asked_at   TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL, -- to prove the mailbox; once that is done, to take it back
    done_at    TIMESTAMPTZ,
    ended_at   TIMESTAMPTZ      -- stopped, replaced by another, or taken back
);
CREATE UNIQUE INDEX email_change_token_hash_key ON email_change (token_hash);
CREATE UNIQUE INDEX email_change_stop_hash_key ON email_change (stop_hash);
CREATE UNIQUE INDEX email_change_person_id_key ON email_change (person_id) WHERE done_at IS NULL AND ended_at IS NULL;
CREATE INDEX email_change_of_person ON email_change (person_id, id);
