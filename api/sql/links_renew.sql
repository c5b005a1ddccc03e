-- Makes all links and secrets of a person invalid; new links are made with the number.
-- lane: write
SELECT links_renew(:'person'::uuid, :'now'::timestamptz) AS links;
