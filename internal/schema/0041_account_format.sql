-- +goose Up
ALTER TABLE organisation ADD COLUMN format TEXT NOT NULL DEFAULT '';  -- BCP 47: how dates and numbers are written, 'de-DE'; '' = as the language does
-- The right by which an inviter gave roles that he gives nobody else: who makes a customer names its first administrator. '' = those of every day.
ALTER TABLE invitation ADD COLUMN by_right TEXT NOT NULL DEFAULT '';
