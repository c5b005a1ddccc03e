-- For leaders, the registrations for one meeting, in the order in which they were accepted; those that are in no order yet come last.
-- That they were read is noted. after: [order, id] of the row before the page
-- lane: write
-- personal: yes
WITH target AS (
    SELECT t.id, g.id AS group_id
    FROM meetings t
    JOIN groups g ON g.id = t.group_id
    WHERE t.id = :'meeting_id'::uuid
      AND t.deleted_at IS NULL
      AND (g.id = :'leads'::uuid
           OR (:'manages'::boolean AND is_shared(g.id, :'organisations'::uuid[])))
), noted AS MATERIALIZED (
    SELECT read_record(:'writer'::jsonb, 'registrations', id, '{pseudonym,message}', :'now'::timestamptz)
    FROM target
), page AS (
    SELECT r, coalesce(r.turn, 9223372036854775807) AS place
    FROM target, registrations r
    WHERE r.meeting_id = :'meeting_id'::uuid
      AND (:'state'::text[] IS NULL OR r.state = ANY (:'state'::text[]))
      AND (:'after'::jsonb IS NULL
           OR (coalesce(r.turn, 9223372036854775807), r.id) > ((:'after'::jsonb ->> 0)::bigint, (:'after'::jsonb ->> 1)::uuid))
    ORDER BY coalesce(r.turn, 9223372036854775807), r.id
    LIMIT :'limit'::integer + 1
)
SELECT
    CASE WHEN target.id IS NULL THEN 'not-found' END AS _problem,
    w.*,
    page.place::text AS _next_place,
    (page.r).id AS _next_id
FROM (SELECT) AS asked
LEFT JOIN target ON true
LEFT JOIN noted ON true
LEFT JOIN page ON true
LEFT JOIN LATERAL registration_row(page.r, 'leader', NULL, NULL, :'now'::timestamptz) AS w ON page.place IS NOT NULL
WHERE target.id IS NULL OR w._person IS NOT NULL
ORDER BY page.place, (page.r).id;
