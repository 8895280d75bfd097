-- +goose Up
CREATE INDEX email_change_until ON email_change (expires_at);
