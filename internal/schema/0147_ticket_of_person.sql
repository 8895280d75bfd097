-- +goose Up
CREATE INDEX ticket_file_of_person ON ticket_file (added_by, ticket_id, id) WHERE added_by <> '';
CREATE INDEX ticket_action_of_owner ON ticket_action (owner_id) WHERE owner_id <> '';
