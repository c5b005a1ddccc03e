-- One registration, as far as the caller may see it. Only the person learns whether their address takes mails.
-- lane: write
-- personal: yes
SELECT w.*, CASE WHEN a.seen_as = 'person' THEN contact_is_suppressed(r.id) END AS contact_suppressed
FROM registrations r
CROSS JOIN LATERAL registration_right(r, :'person'::uuid, :'leads'::uuid, :'manages'::boolean, :'organisations'::uuid[])
     AS a (seen_as)
CROSS JOIN LATERAL registration_row(r, a.seen_as, NULL, :'writer'::jsonb, :'now'::timestamptz) AS w
WHERE r.id = :'registration_id'::uuid AND a.seen_as IS NOT NULL;
