-- +goose Up
-- The few orders among many requests.
CREATE INDEX ticket_order_of_org ON ticket (org_id, updated_at DESC, id DESC) WHERE kind = 'order';
CREATE INDEX ticket_order_newest ON ticket (updated_at DESC, id DESC) WHERE kind = 'order';
