-- +goose Up
CREATE TABLE release (
    id              TEXT PRIMARY KEY,
    product_id      TEXT NOT NULL REFERENCES product (id),
    channel         TEXT NOT NULL CHECK (channel IN ('stable', 'beta', 'hotfix')),
    name            TEXT NOT NULL,  -- the version as people read it: 8.3.1, 2024 SP3
    name_key        TEXT NOT NULL,  -- letter case has no meaning
    sort_key        TEXT NOT NULL,  -- byte order is the order of versions
    released_on     TEXT NOT NULL,  -- civil day, against which support is held
    title           TEXT NOT NULL,  -- Full release; '' = none
    notes           TEXT NOT NULL,  -- Markdown
    notes_html      TEXT NOT NULL,  -- of it, cleaned when it was written
    is_mandatory    BOOLEAN NOT NULL,
    minimum_version TEXT NOT NULL,  -- agents below it take the way over it; '' = none
    state           TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'published', 'withdrawn')),
    reason          TEXT NOT NULL,  -- of a withdrawal
    published_at    TIMESTAMPTZ,
    withdrawn_at    TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    version         BIGINT NOT NULL
);
CREATE UNIQUE INDEX release_product_id_name_key_key ON release (product_id, name_key);
CREATE INDEX release_in_order ON release (product_id, sort_key);
CREATE INDEX release_newest ON release (updated_at, id);
CREATE TABLE release_file (
    id          TEXT PRIMARY KEY,
    release_id  TEXT NOT NULL REFERENCES release (id),
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('installer', 'archive', 'package', 'image', 'document', 'other')),
    platform    TEXT NOT NULL CHECK (platform IN ('any', 'windows', 'linux', 'macos')),
    arch        TEXT NOT NULL CHECK (arch IN ('any', 'x64', 'x86', 'arm64')),
    size        BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    sha512      TEXT NOT NULL,
    blob_id     TEXT NOT NULL,
    file_on     TEXT NOT NULL,  -- civil day of the file
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX release_file_release_id_name_key_key ON release_file (release_id, name_key);
-- Who took what: the history outlives the file, so it holds what was shown then.
CREATE TABLE download (
    person_id   TEXT NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    file_name   TEXT NOT NULL,
    source      TEXT NOT NULL,  -- '' = taken here; else the old portal's row
    org_id      TEXT NOT NULL,  -- for whom; '' = not known of an old one
    product_id  TEXT NOT NULL,
    file_id     TEXT NOT NULL,  -- '' of an old one
    name        TEXT NOT NULL,  -- the version
    file_on     TEXT NOT NULL,  -- '' = not known
    PRIMARY KEY (person_id, at, file_name, source)
);
CREATE INDEX download_of_file ON download (person_id, file_id, at) WHERE file_id <> '';
