-- 0007_persons.sql: people as groups know them, the keys that open what is known of them, and the secrets they come with.

-- Opens the data keys of persons; itself wrapped by the master key, which no database ever sees. The newest one that is
-- not retired wraps new keys.
CREATE TABLE wrapping_keys (
    id          integer PRIMARY KEY,
    wrapped     bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    retired_at  timestamptz
);

-- One person as one group knows them. The same person elsewhere is another row, and nothing in the two is equal.
CREATE TABLE persons (
    id              uuid PRIMARY KEY,
    role            text NOT NULL CHECK (role IN ('registrant', 'leader', 'sender')),
    group_id        uuid NOT NULL REFERENCES groups (id),
    wrapping_key    integer REFERENCES wrapping_keys (id),
    wrapped         bytea,  -- the data key
    contact         bytea,  -- sealed: {email, phone}
    email_hash      bytea,  -- keyed, of the group's id and the address: finds a person by their address in this group
    language        text NOT NULL DEFAULT 'de',
    email_confirmed_at timestamptz,
    consent_version text,
    consent_at      timestamptz,
    created_at      timestamptz NOT NULL,
    recovered_at    timestamptz,  -- when new links were last asked for by mail
    erased_at       timestamptz,
    CONSTRAINT person_is_whole CHECK ((erased_at IS NULL) = (wrapped IS NOT NULL)
                                      AND (wrapped IS NULL) = (wrapping_key IS NULL)),
    CONSTRAINT person_is_gone CHECK (erased_at IS NULL OR (contact IS NULL AND email_hash IS NULL))
);
CREATE INDEX persons_by_email ON persons (group_id, email_hash) WHERE email_hash IS NOT NULL;
CREATE INDEX persons_by_wrapping_key ON persons (wrapping_key) WHERE wrapping_key IS NOT NULL;

-- A secret that lets its bearer do something, stored as its keyed hash only.
--   life          all that a person may do with what is theirs
--   session       what a leader may do
--   confirmation  confirms an address · sign_in, invitation: become a session, once
CREATE TABLE capabilities (
    hash        bytea PRIMARY KEY,
    id          uuid NOT NULL UNIQUE,
    kind        text NOT NULL CHECK (kind IN ('life', 'session', 'confirmation', 'sign_in', 'invitation')),
    person_id   uuid REFERENCES persons (id),  -- NULL: a sign-in by an address that is no leader's
    browser     bytea,                         -- keyed hash of what the asking browser was given
    asker       bytea,                         -- keyed hash of the network address that asked
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    used_at     timestamptz
);
CREATE INDEX capabilities_by_person ON capabilities (person_id);
CREATE INDEX capabilities_by_end ON capabilities (expires_at) WHERE expires_at IS NOT NULL;
