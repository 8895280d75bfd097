-- +goose Up
-- What one sign-in at a website is worth: the code, and all tokens that came of it.
CREATE TABLE openid_grant (
    id         TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL REFERENCES openid_client (id),
    person_id  TEXT NOT NULL REFERENCES person (id),
    session_id TEXT NOT NULL,         -- ends with it
    redirect   TEXT NOT NULL,         -- address to which the code went
    scopes     TEXT NOT NULL,         -- separated by blanks
    nonce      TEXT NOT NULL,
    challenge  TEXT NOT NULL,         -- PKCE, S256
    factor     BOOLEAN NOT NULL,      -- the session had shown a second factor
    auth_at    TIMESTAMPTZ NOT NULL,  -- when password or second factor was shown last
    code_hash  TEXT NOT NULL,         -- SHA-256 of the code, hex
    code_until TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,           -- the code was exchanged
    created_at TIMESTAMPTZ NOT NULL,
    until_at   TIMESTAMPTZ NOT NULL,  -- the session ends then at the latest
    ended_at   TIMESTAMPTZ
);
CREATE UNIQUE INDEX openid_grant_code_hash_key ON openid_grant (code_hash);
CREATE INDEX openid_grant_of_session ON openid_grant (session_id) WHERE ended_at IS NULL;
CREATE INDEX openid_grant_of_person ON openid_grant (person_id) WHERE ended_at IS NULL;
CREATE INDEX openid_grant_of_client ON openid_grant (client_id) WHERE ended_at IS NULL;
CREATE INDEX openid_grant_unused ON openid_grant (code_until) WHERE used_at IS NULL;
CREATE INDEX openid_grant_until ON openid_grant (until_at) WHERE ended_at IS NULL;
CREATE INDEX openid_grant_over ON openid_grant (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE openid_token (
    hash       TEXT PRIMARY KEY,  -- SHA-256 of the text, hex
    grant_id   TEXT NOT NULL REFERENCES openid_grant (id),
    kind       TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
    scopes     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ        -- of a refresh token: another one came in its place
);
CREATE INDEX openid_token_of_grant ON openid_token (grant_id);
CREATE INDEX openid_token_over ON openid_token (expires_at);

-- What people have agreed to tell a website.
CREATE TABLE openid_consent (
    person_id TEXT NOT NULL REFERENCES person (id),
    client_id TEXT NOT NULL REFERENCES openid_client (id),
    scopes    TEXT NOT NULL,  -- separated by blanks
    at        TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, client_id)
);
