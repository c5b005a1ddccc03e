-- The book of migrations.
-- lane: write
CREATE TABLE IF NOT EXISTS migrations (
    name        text PRIMARY KEY,
    checksum    bytea NOT NULL,
    applied_at  timestamptz NOT NULL
);
