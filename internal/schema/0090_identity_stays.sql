-- +goose Up
ALTER TABLE session ADD COLUMN stays_in TEXT NOT NULL DEFAULT ''; -- own membership with which its reader stays though it is not the primary one; '' = none
