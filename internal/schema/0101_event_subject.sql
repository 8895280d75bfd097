-- +goose Up
CREATE INDEX event_of_subject ON event (subject, at, id);
