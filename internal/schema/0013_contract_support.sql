-- +goose Up
CREATE TABLE support_contract (
    id         TEXT PRIMARY KEY,
    number     TEXT NOT NULL,
    org_id     TEXT NOT NULL,   -- head of a family; it covers the sites too
    level      TEXT NOT NULL CHECK (level IN ('standard', '24x7', 'premier')),
    starts_on  TEXT NOT NULL,   -- civil days, both included
    ends_on    TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('active', 'cancelled')),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX support_contract_of_org ON support_contract (org_id, ends_on);
-- What a contract covers; one without rows covers all products of the organisation.
CREATE TABLE entitlement (
    id          TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES support_contract (id),
    org_id      TEXT NOT NULL,
    product_id  TEXT NOT NULL REFERENCES product (id),  -- also of an entitlement to one licence
    licence_id  TEXT NOT NULL,                          -- '' = all licences of the product
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX entitlement_of_contract ON entitlement (contract_id);
CREATE INDEX entitlement_of_org ON entitlement (org_id);
