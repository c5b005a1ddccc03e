-- Notes which time zone data are installed and which are packaged.
-- installed, packaged: versions; now: the clock
-- lane: write
INSERT INTO zone_data (installed, packaged, checked_at)
VALUES (:'installed', :'packaged', :'now'::timestamptz)
ON CONFLICT (is_only) DO UPDATE
SET installed = EXCLUDED.installed, packaged = EXCLUDED.packaged, checked_at = EXCLUDED.checked_at;
