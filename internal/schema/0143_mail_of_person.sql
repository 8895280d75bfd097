-- +goose Up
CREATE INDEX mail_of_person ON mail (person_id, id) WHERE person_id <> '';
-- Letters about nobody's account: they are forgotten after a while.
CREATE INDEX mail_of_nobody ON mail (created_at) WHERE person_id = '' AND org_id = '';
