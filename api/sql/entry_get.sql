-- What is published of the group of a leader, and how to reach who keeps it.
-- in_language: of the page
-- lane: read
-- personal: yes
SELECT
    g.name,
    g.summary,
    g.description,
    (SELECT string_agg(coalesce(t.names ->> :'in_language', t.names ->> 'de'), ', ' ORDER BY array_position(g.topic_ids, t.id))
     FROM topics t
     WHERE t.id = ANY (g.topic_ids))                              AS topics,
    (SELECT string_agg(s.sentence ->> :'in_language', '; ' ORDER BY s.starts_at_local)
     FROM schedules s
     WHERE s.group_id = g.id AND s.deleted_at IS NULL)            AS times,
    local_digits(n.next_meeting_at, zone_of(g.id))                AS next,
    nullif(concat_ws(' ', g.postcode, g.town), '')                AS place,
    nullif(concat_ws(', ', g.contact ->> 'email', g.contact ->> 'phone'), '') AS contact,
    g.website,
    local_digits(g.verified_at, zone_of(g.id))                    AS verified,
    zone_of(g.id)                                                 AS _zone,
    CASE WHEN g.status = 'closed'                       THEN 'gone'
         WHEN entry_is_due(g, :'now'::timestamptz)      THEN 'due'
         ELSE                                                'right' END AS state,
    o.name                                                        AS keeper,
    o.contact ->> 'email'                                         AS keeper_email,
    o.contact ->> 'phone'                                         AS keeper_phone,
    o.website                                                     AS keeper_website
FROM leaders l
JOIN groups g ON g.id = l.group_id
JOIN organisations o ON o.id = g.organisation_id
LEFT JOIN LATERAL next_meeting(g.id, :'now'::timestamptz) AS n ON true
WHERE l.id = :'person'::uuid AND l.state = 'active' AND g.deleted_at IS NULL;
