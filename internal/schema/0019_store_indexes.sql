-- +goose Up
-- Indexes without which a page or a job reads a large table through: what TestPlans in package app has found.
CREATE INDEX organisation_vendor ON organisation (kind) WHERE kind = 'vendor' AND NOT is_site;
CREATE INDEX session_devices ON session (person_id, step, device);
CREATE INDEX session_over ON session (absolute_until);
CREATE INDEX proof_over ON proof (expires_at);
CREATE INDEX proof_of_session ON proof (session_id, purpose) WHERE used_at IS NULL;
CREATE INDEX access_mark_old ON access_mark (at);
CREATE INDEX invitation_of_membership ON invitation (membership_id);
CREATE INDEX membership_in_order ON membership (org_id, id);
CREATE INDEX membership_role_holders ON membership_role (role, membership_id);
CREATE INDEX event_of_person_in_org ON event (person_id, org_id, at, id);
CREATE INDEX ticket_alias_of_ticket ON ticket_alias (ticket_id);
CREATE INDEX ticket_action_due ON ticket_action (side, planned_on, id) WHERE state = 'planned';
CREATE INDEX ticket_open_newest ON ticket (updated_at DESC, id DESC) WHERE is_open;
CREATE INDEX ticket_turn_of_org ON ticket (org_id, turn, updated_at DESC, id DESC) WHERE is_open;
CREATE INDEX ticket_turn ON ticket (turn, updated_at DESC, id DESC) WHERE is_open;
CREATE INDEX ticket_state ON ticket (state, updated_at DESC, id DESC) WHERE is_open;
CREATE INDEX ticket_product ON ticket (product_id, updated_at DESC, id DESC);
CREATE INDEX ticket_owner_of_org ON ticket (org_id, owner_id, updated_at DESC, id DESC) WHERE is_open;
CREATE INDEX ticket_planned ON ticket (next_on, id) WHERE is_open AND next_on <> '';
CREATE INDEX blob_pending ON blob (created_at) WHERE state = 'pending';
CREATE INDEX blob_dead ON blob (created_at) WHERE state = 'dead';
