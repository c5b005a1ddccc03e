-- Whom a link in a mail is for.
-- link_person, links: what stands in it
-- lane: read
SELECT p.id, p.role, p.group_id, p.language, p.mails, contact_is_suppressed(p.id) AS is_suppressed
FROM persons p
WHERE p.id = :'link_person'::uuid AND p.links = :'links'::bigint AND p.erased_at IS NULL;
