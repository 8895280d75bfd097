-- +goose Up
ALTER TABLE product ADD COLUMN needs_signature BOOLEAN NOT NULL DEFAULT FALSE;  -- its releases are published only when every file is signed
CREATE INDEX product_in_order ON product (name, id);
