-- Erases those whose time is over.
-- lane: write
SELECT persons_purge(:'now'::timestamptz, 500);
