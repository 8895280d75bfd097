-- +goose Up
CREATE INDEX event_of_subject ON event (org_id, subject, at, id);
