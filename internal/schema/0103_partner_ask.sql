-- +goose Up
CREATE TABLE partner_ask ( -- a partner asks a customer to be let act for it
    id             TEXT PRIMARY KEY,
    partner_id     TEXT NOT NULL REFERENCES organisation (id),
    number         BIGINT NOT NULL,      -- of the customer, as it was typed
    customer_id    TEXT NOT NULL,        -- '' = nobody has that number, which the partner is not told
    roles          TEXT NOT NULL,        -- sorted, with spaces between
    months         BIGINT NOT NULL,
    reason         TEXT NOT NULL,
    asked_by       TEXT NOT NULL,        -- person; '' = a key made on the console
    asked_at       TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL,
    answer         TEXT NOT NULL CHECK (answer IN ('', 'agreed', 'refused', 'withdrawn')),
    answered_at    TIMESTAMPTZ,
    partnership_id TEXT NOT NULL         -- that it led to, or ''
);
CREATE INDEX partner_ask_of_partner ON partner_ask (partner_id, id);
CREATE INDEX partner_ask_of_number ON partner_ask (partner_id, number);
CREATE INDEX partner_ask_until ON partner_ask (expires_at);
CREATE INDEX partner_ask_of_customer ON partner_ask (customer_id, id) WHERE answer = '';
ALTER TABLE partnership ADD COLUMN extends BOOLEAN NOT NULL DEFAULT FALSE; -- by itself, before it ends
ALTER TABLE partnership ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';      -- organisation that ended it early
ALTER TABLE partnership ADD COLUMN told_until TEXT NOT NULL DEFAULT '';    -- last day of which both sides were told that it comes
CREATE INDEX partnership_of_partner ON partnership (partner_id, id);
CREATE INDEX partnership_until ON partnership (until_at);
