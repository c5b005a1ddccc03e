-- Erases those whose time is over, some at a time: `again` says that there may be more.
-- lane: write
SELECT persons_purge(:'now'::timestamptz, 100) = 100 AS again;
