-- +goose Up
-- Exports of old portals that were handed in by browser or API, and what came of them. The rows stay; export and reports go.
CREATE TABLE import_intake (
    id           TEXT PRIMARY KEY,
    org_id       TEXT NOT NULL REFERENCES organisation (id),  -- the vendor
    file_name    TEXT NOT NULL,
    size         BIGINT NOT NULL,           -- bytes as handed in
    export_id    TEXT NOT NULL,             -- blob, sealed; '' = gone
    language     TEXT NOT NULL,             -- of the reports: that of whoever handed it in
    state        TEXT NOT NULL CHECK (state IN ('checking', 'refused', 'checked', 'running', 'stopped', 'failed', 'done', 'discarded')),
    stopping     BOOLEAN NOT NULL,          -- somebody wants it to stop after this batch
    source       TEXT NOT NULL,             -- name of the old portal, '' until it is known
    made_by      TEXT NOT NULL,             -- person
    started_by   TEXT NOT NULL,             -- person who let it run last, ''
    at_file      TEXT NOT NULL,             -- what is being read; ''
    done         BIGINT NOT NULL,           -- rows of it
    total        BIGINT NOT NULL,
    taken        TEXT NOT NULL,             -- JSON: rows that runs have written so far, by file and outcome
    found        TEXT NOT NULL,             -- JSON: what the dry run came to, '' = it has not ended
    came         TEXT NOT NULL,             -- JSON: what the run came to, ''
    report_id    TEXT NOT NULL,             -- blob: a line for each row, of the run, else of the dry run; ''
    report_size  BIGINT NOT NULL,
    report_sha   TEXT NOT NULL,
    tries        BIGINT NOT NULL,           -- that failed, one after the other
    again_at     TIMESTAMPTZ NOT NULL,      -- not before
    reference    TEXT NOT NULL,             -- in the log: of the failure; ''
    created_at   TIMESTAMPTZ NOT NULL,
    started_at   TIMESTAMPTZ,
    ended_at     TIMESTAMPTZ,
    touched_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX import_intake_work ON import_intake (again_at) WHERE state IN ('checking', 'running');
CREATE INDEX import_intake_kept ON import_intake (touched_at) WHERE export_id <> '' OR report_id <> '';
