-- What has changed after a cursor, in the order of commits; each resource once, as it is now. Without a cursor nothing,
-- and from where on to ask.
-- after: [transaction, sequence, mark of the reader]; resource: kinds; limit: how many changes are told of
-- lane: search
-- personal: yes
WITH reader AS (
    SELECT r, reader_mark(r) AS mark
    FROM (SELECT (:'language', :'is_admin'::boolean, :'is_partner'::boolean, :'manages'::boolean, :'refers'::boolean,
                  :'organisations'::uuid[])::reader AS r) AS r
), read AS MATERIALIZED (  -- as far as it is needed
    SELECT c
    FROM changes_after((:'after'::jsonb ->> 0)::xid8, (:'after'::jsonb ->> 1)::bigint, 5000) AS c
), shown AS MATERIALIZED (
    SELECT c
    FROM read, reader
    WHERE (change_shows(c, :'is_admin'::boolean, :'is_partner'::boolean, :'manages'::boolean, :'refers'::boolean,
                        :'organisations'::uuid[])
           OR resource_shows((c).resource, (c).resource_id, r))
      AND ((c).resource = ANY (coalesce(:'resource'::text[], resource_kinds())) OR (c).beside IS NOT NULL)
    LIMIT :'limit'::integer
), told AS (
    SELECT (c).transaction, (c).sequence, c FROM shown
    UNION ALL
    SELECT (shown.c).transaction, (shown.c).sequence, o
    FROM shown, changes_beside(shown.c) AS o
    WHERE (shown.c).beside IS NOT NULL
), last AS (
    SELECT DISTINCT ON ((c).resource, (c).resource_id)
        transaction, sequence, (c).resource, (c).resource_id, (c).at, (c).action
    FROM told
    WHERE (c).resource = ANY (coalesce(:'resource'::text[], resource_kinds()))
    ORDER BY (c).resource, (c).resource_id, transaction DESC, sequence DESC
), item AS (
    SELECT
        l.transaction, l.sequence,
        json_strip_nulls(json_build_object(
            'resource', l.resource, 'id', l.resource_id, 'at', instant(l.at),
            'action', CASE WHEN d.document IS NULL THEN 'deleted' WHEN l.action = 'created' THEN 'created' ELSE 'updated' END,
            'reason', CASE WHEN d.document IS NULL THEN CASE l.action WHEN 'deleted' THEN 'deleted' ELSE 'changed' END END,
            'document', d.document)) AS body
    FROM reader, last l, resource_document(l.resource, l.resource_id, r) AS d (document)
), reached AS (
    (SELECT (c).transaction, (c).sequence, true AS more FROM shown OFFSET :'limit'::integer - 1)
    UNION ALL
    (SELECT (c).transaction, (c).sequence, true FROM read OFFSET 4999)
    UNION ALL
    (SELECT (c).transaction, (c).sequence, false FROM read ORDER BY (c).transaction DESC, (c).sequence DESC LIMIT 1)
    UNION ALL
    SELECT (:'after'::jsonb ->> 0)::xid8, (:'after'::jsonb ->> 1)::bigint, false WHERE :'after'::jsonb IS NOT NULL
    UNION ALL
    SELECT transaction, sequence, false FROM changes_end()
    LIMIT 1
)
SELECT
    CASE WHEN NOT changes_are_kept((:'after'::jsonb ->> 0)::xid8, (:'after'::jsonb ->> 1)::bigint)
              OR :'after'::jsonb ->> 2 <> reader.mark THEN 'cursor-expired' END AS _problem,
    (SELECT coalesce('[' || string_agg(body::text, ',' ORDER BY transaction, sequence) || ']', '[]')::json FROM item)
        AS items,
    reached.more,
    reached.transaction::text AS _next_transaction,
    reached.sequence AS _next_sequence,
    reader.mark AS _next_mark
FROM reader, reached;
