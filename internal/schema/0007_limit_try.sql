-- +goose Up
-- Failures of one subject (person, address) from one network; network '' counts over all.
CREATE TABLE limit_try (
    subject  TEXT NOT NULL,
    network  TEXT NOT NULL,
    failures INTEGER NOT NULL,
    until    TIMESTAMPTZ NOT NULL,  -- nothing is tried before
    last_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (subject, network)
);
CREATE INDEX limit_try_old ON limit_try (last_at);
