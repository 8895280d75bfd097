-- +goose Up
CREATE TABLE person (
    id               TEXT PRIMARY KEY,
    email            TEXT NOT NULL,     -- normal form, see identity.ParseEmail; mail goes here
    email_proven_at  TIMESTAMPTZ,       -- when the mailbox was proved, here or by the old portal
    first_name       TEXT NOT NULL,
    last_name        TEXT NOT NULL,
    language         TEXT NOT NULL,     -- '' = not chosen
    zone             TEXT NOT NULL,     -- IANA name; '' = not chosen
    phone            TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('pending', 'active', 'disabled')),
    mailbox_first    BOOLEAN NOT NULL,  -- imported: the old password is only the first step, then a code by mail
    created_at       TIMESTAMPTZ NOT NULL,
    first_sign_in_at TIMESTAMPTZ,       -- to Lodge; from then no import changes this row
    last_sign_in_at  TIMESTAMPTZ,       -- to Lodge or, before the first, to the old portal
    version          BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_email_key ON person (email);
-- Where an account came from. It cannot sign in.
CREATE TABLE linked_identity (
    source    TEXT NOT NULL,
    source_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    proven_at TIMESTAMPTZ,              -- when that portal had proved the mailbox
    PRIMARY KEY (source, source_id)
);
CREATE INDEX linked_identity_of_person ON linked_identity (person_id);
CREATE TABLE credential (
    id         TEXT PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES person (id),
    kind       TEXT NOT NULL CHECK (kind IN ('password', 'old-password', 'totp', 'totp-pending')),
    source     TEXT NOT NULL,           -- of an old password: the portal; else ''
    scheme     TEXT NOT NULL,           -- of an old password; else ''
    secret     TEXT NOT NULL,           -- PHC text of a password; sealed secret of a TOTP
    last_step  BIGINT NOT NULL,         -- of a TOTP: the last step used; else 0
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX credential_person_id_kind_source_key ON credential (person_id, kind, source);
CREATE TABLE session (
    id             TEXT PRIMARY KEY,
    token_hash     TEXT NOT NULL,
    person_id      TEXT NOT NULL REFERENCES person (id),
    step           TEXT NOT NULL CHECK (step IN ('', 'totp', 'totp-setup', 'code')), -- what is still missing; '' = signed in
    org_id         TEXT NOT NULL,       -- own membership last chosen by the switcher; '' = none yet
    switches       BIGINT NOT NULL,     -- how often it was chosen
    device         TEXT NOT NULL,
    address        TEXT NOT NULL,
    created_at     TIMESTAMPTZ NOT NULL,
    seen_at        TIMESTAMPTZ NOT NULL,
    idle_minutes   INTEGER NOT NULL,    -- staff 30, others 720
    idle_until     TIMESTAMPTZ NOT NULL,
    absolute_until TIMESTAMPTZ NOT NULL,
    factor_at      TIMESTAMPTZ,         -- second factor shown
    revoked_at     TIMESTAMPTZ
);
CREATE UNIQUE INDEX session_token_hash_key ON session (token_hash);
CREATE INDEX session_of_person ON session (person_id) WHERE revoked_at IS NULL;
-- A secret that was mailed: to set a password, to prove a mailbox. One purpose, one use.
CREATE TABLE proof (
    id         TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL,
    purpose    TEXT NOT NULL CHECK (purpose IN ('reset', 'register', 'code', 'operator')),
    person_id  TEXT REFERENCES person (id),  -- NULL: nobody has the address yet
    email      TEXT NOT NULL,
    session_id TEXT NOT NULL,                -- of a code: the half session; else ''
    kept       TEXT NOT NULL,                -- of a code: hash of the password just typed, set if the code is right; else ''
    tries      INTEGER NOT NULL,             -- wrong codes so far
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE UNIQUE INDEX proof_token_hash_key ON proof (token_hash);
CREATE INDEX proof_of_email ON proof (email, purpose) WHERE used_at IS NULL;
