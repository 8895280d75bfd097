-- +goose Up
CREATE TABLE mail (
    id         TEXT PRIMARY KEY,
    org_id     TEXT NOT NULL,   -- organisation on whose behalf it is sent; '' for a person's own affairs
    person_id  TEXT NOT NULL,   -- reader, if known
    to_address TEXT NOT NULL,
    kind       TEXT NOT NULL,   -- name of the template
    subject    TEXT NOT NULL,
    sealed     TEXT NOT NULL,   -- the text, which may hold a link that opens something; '' once delivered
    state      TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    attempts   INTEGER NOT NULL,
    error      TEXT NOT NULL,   -- answer of the mail server at the last attempt
    created_at TIMESTAMPTZ NOT NULL,
    sent_at    TIMESTAMPTZ
);
CREATE INDEX mail_of_org ON mail (org_id, created_at, id);
CREATE INDEX mail_waiting ON mail (created_at, id) WHERE state <> 'sent';
