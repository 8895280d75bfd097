-- +goose Up
-- An account at a company's own sign-in that opens this person's account.
CREATE TABLE company_identity (
    connection_id TEXT NOT NULL,
    issuer        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    person_id     TEXT NOT NULL REFERENCES person (id),
    email         TEXT NOT NULL,        -- as the company said when it was linked: for people, nothing is looked up by it
    linked_at     TIMESTAMPTZ NOT NULL,
    used_at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (connection_id, issuer, subject)
);
CREATE UNIQUE INDEX company_identity_person_id_connection_id_key ON company_identity (person_id, connection_id);
ALTER TABLE session ADD COLUMN connection_id TEXT NOT NULL DEFAULT ''; -- of the company's sign-in that it came through; '' = none
ALTER TABLE session ADD COLUMN upstream_id TEXT NOT NULL DEFAULT '';   -- the company's own name of the session (sid); '' = not told
CREATE INDEX session_through ON session (connection_id, person_id) WHERE connection_id <> '' AND revoked_at IS NULL;
