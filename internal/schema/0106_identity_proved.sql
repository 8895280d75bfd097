-- +goose Up
ALTER TABLE session ADD COLUMN proved_at TIMESTAMPTZ; -- when password or second factor were shown again; empty = not since created_at
