-- +goose Up
-- Each row of an old portal's export that was taken, and what it means here: by it the same row is known again.
CREATE TABLE import_row (
    row_key   TEXT PRIMARY KEY,  -- source/file/source_id: in one column, so that a planner without statistics finds many at once
    source    TEXT NOT NULL,     -- name of the old portal
    file      TEXT NOT NULL,
    source_id TEXT NOT NULL,
    seq       BIGINT NOT NULL,   -- order in which rows were taken first
    sum       TEXT NOT NULL,     -- hash of all cells, hex; of people keyed, because a cell of theirs may be a weak hash
    fixed     TEXT NOT NULL,     -- JSON: the cells that may never change
    notes     TEXT NOT NULL,     -- of the import that took it, between ;
    target    TEXT NOT NULL,     -- id of the organisation, person, membership, …
    made      BOOLEAN NOT NULL,  -- it made that thing; else it was joined
    email     TEXT NOT NULL,     -- people: the address in the row; else ''
    usable    BOOLEAN NOT NULL,  -- people: it brought a password that can be signed in with
    cells     TEXT NOT NULL,     -- JSON: what it said last, to see what was changed here since; never a password
    taken_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX import_row_of_target ON import_row (target, seq);
CREATE INDEX import_row_of_email ON import_row (email) WHERE made AND email <> '';
CREATE INDEX import_row_in_order ON import_row (seq);
