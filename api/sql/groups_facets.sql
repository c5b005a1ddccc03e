-- How many of the groups that a search finds there are of each kind.
-- facets: the kinds wanted; otherwise as groups_search
-- lane: search
WITH found AS (
    SELECT g.*
    FROM groups_found(
        :'filter'::jsonb, :'words'::tsquery,
        point_of(split_part(:'near', ',', 1)::float8, split_part(:'near', ',', 2)::float8),
        :'now'::timestamptz, :'is_admin'::boolean, :'is_partner'::boolean, :'organisations'::uuid[]) AS g
), counted AS (
    SELECT facet, value, count(*) AS groups
    FROM found,
    LATERAL (
        SELECT 'topic' AS facet, unnest(topic_ids)::text AS value
        UNION ALL SELECT 'audience', unnest(audience)
        UNION ALL SELECT 'leadership', leadership
        UNION ALL SELECT 'joining', joining
        UNION ALL SELECT 'format', unnest(formats)
        UNION ALL SELECT 'language', unnest(languages)
        UNION ALL SELECT 'accessibility', unnest(accessibility)
        UNION ALL SELECT 'cost', cost ->> 'kind'
        UNION ALL SELECT 'status', status
        UNION ALL SELECT 'accepting_newcomers', accepting_newcomers
        UNION ALL SELECT 'organisation', organisation_id::text
    ) AS kinds
    WHERE facet = ANY (:'facets'::text[])
    GROUP BY facet, value
), named AS (
    SELECT c.facet, coalesce(t.slug, c.value) AS value, c.groups, coalesce(t.names ->> :'language', t.names ->> 'de', o.name) AS name
    FROM counted c
    LEFT JOIN topics t ON c.facet = 'topic' AND t.id::text = c.value
    LEFT JOIN organisations o ON c.facet = 'organisation' AND o.id::text = c.value
), facet AS (
    SELECT facet, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('value', value, 'count', groups, 'name', name))
                            ORDER BY groups DESC, value) AS counts
    FROM named
    GROUP BY facet
)
SELECT coalesce(jsonb_object_agg(wanted, coalesce(facet.counts, '[]')), '{}') AS facets
FROM unnest(:'facets'::text[]) AS wanted
LEFT JOIN facet ON facet.facet = wanted;
