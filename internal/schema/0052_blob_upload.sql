-- +goose Up
-- Files that come in parts. Each part is a blob of its own until the whole has been put together.
CREATE TABLE upload (
    id          TEXT PRIMARY KEY,     -- random
    org_id      TEXT NOT NULL,
    made_by     TEXT NOT NULL,        -- person
    purpose     TEXT NOT NULL,        -- what it is for, as its owner wrote it: release:ID
    about       TEXT NOT NULL,        -- JSON of the owner's: name, kind
    size        BIGINT NOT NULL,      -- bytes of the whole
    received    BIGINT NOT NULL,      -- bytes that are there
    parts       BIGINT NOT NULL,
    is_finished BOOLEAN NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX upload_of_person ON upload (made_by, created_at);
CREATE INDEX upload_expiry ON upload (expires_at);
CREATE TABLE upload_part (
    upload_id TEXT NOT NULL REFERENCES upload (id),
    seq       BIGINT NOT NULL,
    blob_id   TEXT NOT NULL,
    PRIMARY KEY (upload_id, seq)
);
