-- +goose Up
-- Facts about this installation: which key file seals its secrets, the last number given.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
