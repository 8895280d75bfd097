-- +goose Up
CREATE TABLE event (
    at           TIMESTAMPTZ NOT NULL,
    id           TEXT NOT NULL,
    org_id       TEXT NOT NULL,  -- organisation concerned; '' for a person's own affairs
    person_id    TEXT NOT NULL,  -- who; '' for the program itself
    as_person_id TEXT NOT NULL,  -- acted as; '' for oneself
    member_id    TEXT NOT NULL,  -- organisation acted for
    source       TEXT NOT NULL CHECK (source IN ('own', 'partnership', 'staff', 'system')),
    session_id   TEXT NOT NULL,
    address      TEXT NOT NULL,
    name         TEXT NOT NULL,
    subject      TEXT NOT NULL,  -- kind and id of what changed: ticket:0190…
    body         TEXT NOT NULL,  -- JSON of ids and words, before and after; never names of people
    PRIMARY KEY (at, id)         -- so that months can become partitions
);
CREATE INDEX event_of_org ON event (org_id, at, id);
CREATE INDEX event_of_person ON event (person_id, at, id);
-- What is not sealed yet; the sealing job takes rows from here in the order in which it sees them.
CREATE TABLE event_new (
    at TIMESTAMPTZ NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (at, id)
);
-- The only order that feeds may follow: gap-free, in the order of commits.
CREATE TABLE event_seq (
    seq  BIGINT PRIMARY KEY,
    at   TIMESTAMPTZ NOT NULL,
    id   TEXT NOT NULL,
    leaf TEXT NOT NULL           -- SHA-256 of the canonical row, hex
);
CREATE TABLE seal (
    n         BIGINT PRIMARY KEY,
    first_seq BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL,
    root      TEXT NOT NULL,     -- Merkle root over the leaves, hex
    prev      TEXT NOT NULL,     -- hash of the seal before
    hash      TEXT NOT NULL
);
-- What must be kept but may have to be erased: the leaf holds only H(salt, body).
CREATE TABLE event_private (
    at   TIMESTAMPTZ NOT NULL,
    id   TEXT NOT NULL,
    salt TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (at, id)
);
