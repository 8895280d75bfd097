-- +goose Up
CREATE TABLE blob (
    id         TEXT PRIMARY KEY,  -- random; also the name in the store of files
    state      TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'dead')),
    org_id     TEXT NOT NULL,
    size       BIGINT NOT NULL,   -- bytes; of a pending one what was announced
    sha256     TEXT NOT NULL,     -- hex; '' while pending
    made_by    TEXT NOT NULL,     -- person
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX blob_of_org ON blob (org_id) WHERE state <> 'dead';
CREATE INDEX blob_unfinished ON blob (created_at) WHERE state <> 'ready';
