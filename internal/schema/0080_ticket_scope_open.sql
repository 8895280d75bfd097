-- +goose Up
-- What a partner's lists of open requests ask for first, beside the scope: else each of a partner's requests of all years is looked up to find
-- the hundred that are open.
ALTER TABLE ticket_scope ADD COLUMN is_open BOOLEAN NOT NULL DEFAULT TRUE; -- of a row that a node of an older program adds meanwhile: lists ask the ticket, too
ALTER TABLE ticket_scope ADD COLUMN turn TEXT NOT NULL DEFAULT '';
UPDATE ticket_scope SET is_open = (SELECT t.is_open FROM ticket t WHERE t.id = ticket_scope.ticket_id), turn = (SELECT t.turn FROM ticket t WHERE t.id = ticket_scope.ticket_id);
CREATE INDEX ticket_scope_open ON ticket_scope (scope_id, updated_at DESC, ticket_id DESC) WHERE is_open;
CREATE INDEX ticket_scope_turn ON ticket_scope (scope_id, turn, updated_at DESC, ticket_id DESC) WHERE is_open;
