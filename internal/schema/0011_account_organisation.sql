-- +goose Up
CREATE TABLE organisation (
    id         TEXT PRIMARY KEY,
    number     BIGINT NOT NULL,
    root_id    TEXT NOT NULL,   -- head of the family: a site names its organisation, an organisation itself
    kind       TEXT NOT NULL CHECK (kind IN ('vendor', 'partner', 'customer')), -- a site has its organisation's
    is_site    BOOLEAN NOT NULL,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL,   -- folded, for search and uniqueness rules
    country    TEXT NOT NULL,
    street     TEXT NOT NULL,
    postcode   TEXT NOT NULL,
    city       TEXT NOT NULL,
    vat_id     TEXT NOT NULL,
    language   TEXT NOT NULL,
    zone       TEXT NOT NULL,   -- IANA name: civil days of this organisation
    reference  TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'terminated')),
    email      TEXT NOT NULL,   -- of its desk: whom refusals name; '' = none
    created_on TEXT NOT NULL,   -- civil day; '' = not known
    notes      TEXT NOT NULL,   -- for staff only
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX organisation_number_key ON organisation (number);
CREATE INDEX organisation_family ON organisation (root_id);
CREATE INDEX organisation_names ON organisation (name_key, id);
CREATE TABLE membership (
    id           TEXT PRIMARY KEY,
    person_id    TEXT NOT NULL,
    org_id       TEXT NOT NULL REFERENCES organisation (id),
    state        TEXT NOT NULL CHECK (state IN ('invited', 'imported', 'active', 'expired', 'withdrawn', 'obsolete')),
    is_primary   BOOLEAN NOT NULL,
    first_name   TEXT NOT NULL,  -- as the inviter typed it; shown until the person has accepted
    last_name    TEXT NOT NULL,
    since_on     TEXT NOT NULL,  -- civil day; '' = not known
    until_on     TEXT NOT NULL,  -- last civil day; '' = open
    until_at     TIMESTAMPTZ,    -- instant at which until_on is over where the organisation is; NULL = open
    created_by   TEXT NOT NULL,  -- person; '' = import or console
    created_at   TIMESTAMPTZ NOT NULL,
    activated_at TIMESTAMPTZ,
    updated_at   TIMESTAMPTZ NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX membership_person_id_org_id_key ON membership (person_id, org_id);
CREATE UNIQUE INDEX membership_person_id_key ON membership (person_id) WHERE is_primary;
CREATE INDEX membership_of_org ON membership (org_id, state, id);
CREATE TABLE membership_role (
    membership_id TEXT NOT NULL REFERENCES membership (id),
    role          TEXT NOT NULL,
    PRIMARY KEY (membership_id, role)
);
CREATE TABLE invitation (
    id            TEXT PRIMARY KEY,
    membership_id TEXT NOT NULL REFERENCES membership (id),
    token_hash    TEXT NOT NULL,
    email         TEXT NOT NULL,   -- the one address that may accept
    invited_by    TEXT NOT NULL,   -- person; '' = console
    invited_from  TEXT NOT NULL,   -- organisation acted for when inviting; '' = console
    mail_id       TEXT NOT NULL,   -- its delivery state is the mail's
    created_at    TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ NOT NULL,
    used_at       TIMESTAMPTZ,
    withdrawn_at  TIMESTAMPTZ      -- also when a newer one replaced it
);
CREATE UNIQUE INDEX invitation_token_hash_key ON invitation (token_hash);
CREATE UNIQUE INDEX invitation_membership_id_key ON invitation (membership_id) WHERE used_at IS NULL AND withdrawn_at IS NULL;
CREATE TABLE partnership (
    id          TEXT PRIMARY KEY,
    partner_id  TEXT NOT NULL REFERENCES organisation (id),
    customer_id TEXT NOT NULL REFERENCES organisation (id),
    given_by    TEXT NOT NULL CHECK (given_by IN ('customer', 'vendor', 'import')),
    from_on     TEXT NOT NULL,   -- civil days of the customer
    until_on    TEXT NOT NULL,   -- last day; '' = open
    from_at     TIMESTAMPTZ NOT NULL,
    until_at    TIMESTAMPTZ,     -- instant at which it is over; NULL = open
    created_by  TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX partnership_pair ON partnership (partner_id, customer_id);
CREATE INDEX partnership_of_customer ON partnership (customer_id);
CREATE TABLE partnership_role (
    partnership_id TEXT NOT NULL REFERENCES partnership (id),
    role           TEXT NOT NULL,
    PRIMARY KEY (partnership_id, role)
);
-- Which organisations a partner reaches, one row per partnership and organisation of the customer's family.
CREATE TABLE scope (
    scope_id       TEXT NOT NULL,  -- partner
    org_id         TEXT NOT NULL,
    partnership_id TEXT NOT NULL,
    from_at        TIMESTAMPTZ NOT NULL,
    until_at       TIMESTAMPTZ NOT NULL,  -- a far future if open
    PRIMARY KEY (scope_id, org_id, partnership_id)
);
CREATE INDEX scope_of_org ON scope (org_id, scope_id);
-- One row per person, customer and session for a quarter of an hour: entering a customer's context is an event.
CREATE TABLE access_mark (
    session_id TEXT NOT NULL,
    org_id     TEXT NOT NULL,
    at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (session_id, org_id)
);
