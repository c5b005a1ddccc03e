-- Enters a migration into the book.
-- lane: write
INSERT INTO migrations (name, checksum, applied_at)
VALUES (:'name', sha256(convert_to(:'text', 'UTF8')), :'now'::timestamptz);
