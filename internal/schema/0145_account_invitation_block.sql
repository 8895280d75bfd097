-- +goose Up
-- Who does not want to be invited: by an organisation, or by anybody. Of the address only a hash is kept, so the wish outlives the account.
CREATE TABLE invitation_block (
    email_hash TEXT NOT NULL,
    org_id     TEXT NOT NULL,  -- head of a family; '' = anybody
    made_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (email_hash, org_id)
);
ALTER TABLE invitation ADD COLUMN blocked TEXT NOT NULL DEFAULT '' CHECK (blocked IN ('', 'organisation', 'all')); -- no letter was sent: the recipient wants none
