-- +goose Up
-- Half-written replies and notes, for nobody but who writes them. No event tells of them.
CREATE TABLE unsent_text (
    person_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL REFERENCES ticket (id),
    kind      TEXT NOT NULL CHECK (kind IN ('shared', 'internal')),
    org_id    TEXT NOT NULL,         -- organisation acted for when it was saved: who has left it loses the text
    text      TEXT NOT NULL CHECK (text <> ''),
    at        TIMESTAMPTZ NOT NULL,  -- saved; also tells one saving from another
    PRIMARY KEY (person_id, ticket_id, kind)
);
CREATE INDEX unsent_text_of_ticket ON unsent_text (ticket_id);
