-- placeholder
-- lane: write
SELECT :'now'::text AS groups, 1;
