-- +goose Up
CREATE TABLE licence (
    id          TEXT PRIMARY KEY,
    number      TEXT NOT NULL,   -- XXX-XXX-XXX
    org_id      TEXT NOT NULL,
    site_id     TEXT NOT NULL,   -- '' = head office
    product_id  TEXT NOT NULL REFERENCES product (id),
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    term        TEXT NOT NULL CHECK (term IN ('perpetual', 'subscription', 'trial')),
    issued_on   TEXT NOT NULL,
    valid_until TEXT NOT NULL,   -- last civil day; '' = perpetual
    status      TEXT NOT NULL CHECK (status IN ('active', 'retired', 'revoked')),
    order_ref   TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL,
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX licence_number_key ON licence (number);
CREATE INDEX licence_of_org ON licence (org_id, number);
