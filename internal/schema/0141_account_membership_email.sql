-- +goose Up
ALTER TABLE membership ADD COLUMN email TEXT NOT NULL DEFAULT ''; -- by which an organisation knows somebody who was not its contact when his address changed; '' = the person's own
