-- +goose Up
CREATE TABLE role_change ( -- roles that somebody wants to give and has not applied
    org_id        TEXT NOT NULL REFERENCES organisation (id),
    author_id     TEXT NOT NULL,        -- person; '' = a key made on the console
    membership_id TEXT NOT NULL REFERENCES membership (id),
    base          TEXT NOT NULL,        -- roles that the author saw, sorted, with spaces between
    roles         TEXT NOT NULL,        -- roles that it is to have, likewise
    staged_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (org_id, author_id, membership_id)
);
CREATE INDEX role_change_of_membership ON role_change (membership_id);
