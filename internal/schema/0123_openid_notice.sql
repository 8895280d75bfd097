-- +goose Up
-- Websites that are told of the end of a session.
CREATE TABLE openid_notice (
    id         TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL REFERENCES openid_client (id),
    person_id  TEXT NOT NULL REFERENCES person (id),
    session_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    sent_at    TIMESTAMPTZ,    -- and taken
    tries      INTEGER NOT NULL,
    error      TEXT NOT NULL   -- of the last try; '' = none
);
CREATE INDEX openid_notice_of_client ON openid_notice (client_id, id);
CREATE INDEX openid_notice_over ON openid_notice (created_at);
