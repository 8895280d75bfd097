-- +goose Up
-- One of the codes that open a sign-in in place of the second factor. It is gone once it was used.
CREATE TABLE recovery_code (
    person_id TEXT NOT NULL REFERENCES person (id),
    code_hash TEXT NOT NULL,
    made_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, code_hash)
);
