-- +goose Up
ALTER TABLE product ADD COLUMN scheme TEXT NOT NULL DEFAULT 'natural' CHECK (scheme IN ('natural', 'semver'));  -- how its versions sort
ALTER TABLE product ADD COLUMN is_free BOOLEAN NOT NULL DEFAULT FALSE;  -- its releases need no support
