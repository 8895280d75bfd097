-- +goose Up
-- Keys that sign tokens. The newest that is not retired signs; a retired one has lost its private half.
CREATE TABLE openid_key (
    id         TEXT PRIMARY KEY,  -- kid
    public     TEXT NOT NULL,     -- PKIX, base64
    sealed     TEXT NOT NULL,     -- private half, PKCS #8, sealed with the key file, base64; '' = retired
    created_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ,
    until_at   TIMESTAMPTZ        -- published until the last token that it signed has expired
);
