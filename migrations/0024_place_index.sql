-- 0024_place_index.sql: an index that PostgreSQL would spoil.

-- Scanned again and again by one query while somebody else splits its first page, a GiST index loses entries of rows that
-- are alive (PostgreSQL 15.18: a scan that begins anew does not forget which entries it had found dead on that page). Then
-- neither these functions nor the constraint see who holds a place. Bitmap scans mark nothing as dead.
ALTER FUNCTION places_held(uuid, daterange) SET enable_indexscan = off;
ALTER FUNCTION seats_free(schedules, daterange, integer) SET enable_indexscan = off;
