-- 0020_audit.sql: an audit that nobody changes unseen, and how many requests each client may make.

-- The audit -----------------------------------------------------------------------------------------

-- Entries are sealed in the order of (transaction, sequence), when no older transaction can add any more.
ALTER TABLE audit ADD COLUMN transaction xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_by_transaction ON audit (transaction, sequence);

-- The seal of an entry is a hash over the seal before and the entry, under a key that is not in the database.
CREATE TABLE audit_seals (
    position    bigint PRIMARY KEY,
    transaction xid8 NOT NULL,
    sequence    bigint NOT NULL,
    seal        bytea NOT NULL
);
INSERT INTO timetable (kind, every) VALUES ('sealing', '1 minute');

CREATE FUNCTION row_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is in % stays', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION row_stays();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION row_stays();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON statistics_releases
    FOR EACH STATEMENT EXECUTE FUNCTION row_stays();

-- Quotas ----------------------------------------------------------------------------------------------

ALTER TABLE clients ADD COLUMN requests_per_minute integer  -- NULL: as for everybody
    CONSTRAINT client_requests_per_minute CHECK (requests_per_minute > 0);
