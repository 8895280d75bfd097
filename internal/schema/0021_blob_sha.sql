-- +goose Up
ALTER TABLE blob ADD COLUMN sha512 TEXT NOT NULL DEFAULT '';  -- hex; '' while pending and of what was written before this column
