-- +goose Up
CREATE TABLE product_type (
    id           TEXT PRIMARY KEY,
    code         TEXT NOT NULL,
    code_key     TEXT NOT NULL,     -- letter case has no meaning
    name         TEXT NOT NULL,
    about        TEXT NOT NULL,     -- what it gives, in a sentence; '' = nothing said
    price        BIGINT NOT NULL CHECK (price >= 0),  -- of a customer and month, minor units, net
    currency     TEXT NOT NULL,     -- ISO 4217
    is_immutable BOOLEAN NOT NULL,  -- a customer who has it keeps it
    status       TEXT NOT NULL CHECK (status IN ('active', 'retired')),
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX product_type_code_key_key ON product_type (code_key);
-- Countries in which it is offered; no row means everywhere.
CREATE TABLE product_type_region (
    product_type_id TEXT NOT NULL REFERENCES product_type (id),
    country         TEXT NOT NULL,
    PRIMARY KEY (product_type_id, country)
);
-- Partners that may have it for their customers; the vendor may have each.
CREATE TABLE product_type_partner (
    product_type_id TEXT NOT NULL REFERENCES product_type (id),
    partner_id      TEXT NOT NULL REFERENCES organisation (id),
    PRIMARY KEY (product_type_id, partner_id)
);
CREATE INDEX product_type_partner_of ON product_type_partner (partner_id);
CREATE TABLE subscription (
    id              TEXT PRIMARY KEY,
    org_id          TEXT NOT NULL REFERENCES organisation (id),
    product_type_id TEXT NOT NULL REFERENCES product_type (id),
    starts_on       TEXT NOT NULL,  -- civil day of the customer
    trial_until     TEXT NOT NULL,  -- civil day on which it becomes payable; '' = no trial
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    version         BIGINT NOT NULL
);
CREATE UNIQUE INDEX subscription_org_id_key ON subscription (org_id);
CREATE INDEX subscription_of_type ON subscription (product_type_id);
