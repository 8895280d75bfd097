-- +goose Up
-- Jobs whose effect is in the database; a job that runs twice finds its row and has no second effect.
CREATE TABLE job_done (
    job_id BIGINT PRIMARY KEY,
    at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX job_done_old ON job_done (at);
