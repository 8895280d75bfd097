-- +goose Up
-- What an event is about is the beginning of its name up to the dot: an organisation's log is filtered by it.
CREATE INDEX event_of_kind ON event (org_id, rtrim(name, 'abcdefghijklmnopqrstuvwxyz_'), at, id);
