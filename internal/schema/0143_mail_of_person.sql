-- +goose Up
CREATE INDEX mail_of_person ON mail (person_id, id) WHERE person_id <> '';
