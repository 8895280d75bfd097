-- +goose Up
-- One row per form or call that was carried out: sent again, it is answered and not carried out again.
CREATE TABLE once_key (
    person_id TEXT NOT NULL,
    key       TEXT NOT NULL,
    use       TEXT NOT NULL,  -- what was done with it: ticket.open
    body      TEXT NOT NULL,  -- SHA-256 of what was asked, hex
    ref       TEXT NOT NULL,  -- what came of it: an id
    at        TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, key)
);
CREATE INDEX once_key_old ON once_key (at);
