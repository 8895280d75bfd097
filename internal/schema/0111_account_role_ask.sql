-- +goose Up
-- Somebody asks for a right that he misses.
CREATE TABLE role_ask (
    id          TEXT PRIMARY KEY,
    org_id      TEXT NOT NULL REFERENCES organisation (id), -- where he misses it
    person_id   TEXT NOT NULL REFERENCES person (id),
    action      TEXT NOT NULL, -- the right, a word of the program
    text        TEXT NOT NULL, -- what for; '' if he did not say
    desk_id     TEXT NOT NULL, -- organisation whose desk was asked too; '' = the own people only
    asked_at    TIMESTAMPTZ NOT NULL,
    answer      TEXT NOT NULL CHECK (answer IN ('', 'given', 'refused')),
    reason      TEXT NOT NULL, -- of a refusal
    answered_by TEXT NOT NULL,
    answered_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX role_ask_org_id_person_id_action_key ON role_ask (org_id, person_id, action) WHERE answer = '';
CREATE INDEX role_ask_of_desk ON role_ask (desk_id, id) WHERE answer = '';
