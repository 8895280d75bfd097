-- +goose Up
-- How many invitations an organisation has sent lately, and how many have gone to an address.
CREATE INDEX invitation_from ON invitation (invited_from, created_at);
CREATE INDEX invitation_to ON invitation (email, created_at);
