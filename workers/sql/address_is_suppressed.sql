-- Whether nothing is to be written to an address any more.
-- address: its keyed hash
-- lane: read
SELECT EXISTS (SELECT FROM suppressed_addresses WHERE address = :'address'::bytea) AS is_suppressed;
