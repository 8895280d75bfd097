-- +goose Up
ALTER TABLE person ADD COLUMN closed_at TIMESTAMPTZ; -- the account was closed: nothing of the person is left but the id
