-- +goose Up
CREATE INDEX ticket_entry_of_author ON ticket_entry (author_id, ticket_id, seq) WHERE author_id <> '';
