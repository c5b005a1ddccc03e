-- Whom a link in a mail is for.
-- link_person, links: what stands in it
-- lane: read
SELECT * FROM link_find(:'link_person'::uuid, :'links'::bigint);
