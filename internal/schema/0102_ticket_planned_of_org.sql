-- +goose Up
CREATE INDEX ticket_planned_of_org ON ticket (org_id, next_on, id) WHERE is_open AND next_on <> '';
