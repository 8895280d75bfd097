-- +goose Up
-- Websites of the vendor at which people sign in with their account here.
CREATE TABLE openid_client (
    id            TEXT PRIMARY KEY,  -- client_id
    name          TEXT NOT NULL,
    redirects     TEXT NOT NULL,     -- addresses to which a code may go, one a line, compared as they stand
    returns       TEXT NOT NULL,     -- addresses to which a sign-out may lead, one a line
    front_channel TEXT NOT NULL,     -- address that a browser loads at the end of a session; '' = none
    back_channel  TEXT NOT NULL,     -- address that is told of the end of a session; '' = none
    trusted       BOOLEAN NOT NULL,  -- nobody is asked before the website learns who he is
    secret_hash   TEXT NOT NULL,     -- SHA-256, hex; '' = none has been made
    secret_at     TIMESTAMPTZ,
    created_by    TEXT NOT NULL,     -- person; '' = the program
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    disabled_at   TIMESTAMPTZ,
    deleted_at    TIMESTAMPTZ,       -- ids are never used again
    version       BIGINT NOT NULL
);
