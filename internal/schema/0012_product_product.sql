-- +goose Up
CREATE TABLE product (
    id         TEXT PRIMARY KEY,
    code       TEXT NOT NULL,
    code_key   TEXT NOT NULL,  -- letter case has no meaning
    slug       TEXT NOT NULL,  -- a-z 0-9 . _ -, fixed
    name       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('active', 'retired')),
    portal_url TEXT NOT NULL,  -- where its licences are managed, if elsewhere; '' = here
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX product_code_key_key ON product (code_key);
CREATE UNIQUE INDEX product_slug_key ON product (slug);
-- What an organisation has, from whichever source; kept by the package product as others tell it.
CREATE TABLE product_of_org (
    org_id     TEXT NOT NULL,
    product_id TEXT NOT NULL REFERENCES product (id),
    source     TEXT NOT NULL,  -- licence, contract, request
    PRIMARY KEY (org_id, product_id, source)
);
