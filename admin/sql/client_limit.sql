-- How many requests a client may make in a minute; NULL: as many as everybody.
-- lane: write
UPDATE clients
SET requests_per_minute = :'requests'::integer
WHERE name = :'name'
RETURNING id;
