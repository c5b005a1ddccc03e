-- A page of all that a caller may read, kind by kind and by id: a line for each, and where to go on. What is written
-- meanwhile stands in the changes after those that the first page saw.
-- after: [transaction, sequence, mark of the reader, kind, id], as of changes_list.sql with two more; resource: kinds
-- lane: search
-- personal: yes
WITH reader AS (
    SELECT r, reader_mark(r) AS mark
    FROM (SELECT (:'language', :'is_admin'::boolean, :'is_partner'::boolean, :'manages'::boolean, :'refers'::boolean,
                  :'organisations'::uuid[])::reader AS r) AS r
), kinds AS (
    SELECT ARRAY(SELECT kind
                 FROM unnest(resource_kinds()) WITH ORDINALITY AS k (kind, number)
                 WHERE kind = ANY (coalesce(:'resource'::text[], resource_kinds()))
                   AND (kind <> 'registration' OR :'manages'::boolean)
                   AND (kind <> 'referral' OR :'refers'::boolean)
                 ORDER BY number) AS names
), place AS MATERIALIZED (
    SELECT coalesce((:'after'::jsonb ->> 0)::xid8, e.transaction) AS transaction,
           coalesce((:'after'::jsonb ->> 1)::bigint, e.sequence) AS sequence,
           coalesce(:'after'::jsonb ->> 3, names[1]) AS kind,
           coalesce(:'after'::jsonb ->> 4, '00000000-0000-0000-0000-000000000000')::uuid AS id
    FROM kinds, changes_end() AS e
), page AS MATERIALIZED (
    SELECT kind, resources_after(kind, id, 250) AS ids FROM place
), line AS (
    SELECT l.number, json_strip_nulls(json_build_object('resource', kind, 'id', l.id, 'document', d.document)) AS body
    FROM reader, page, unnest(ids) WITH ORDINALITY AS l (id, number), resource_document(kind, l.id, r) AS d (document)
    WHERE d.document IS NOT NULL
), next AS (
    SELECT CASE WHEN cardinality(ids) = 250 THEN kind ELSE names[array_position(names, kind) + 1] END AS kind,
           CASE WHEN cardinality(ids) = 250 THEN ids[250] END AS id
    FROM page, kinds
)
SELECT
    CASE WHEN NOT changes_are_kept(place.transaction, place.sequence) OR :'after'::jsonb ->> 2 <> reader.mark
         THEN 'cursor-expired' END AS _problem,
    (SELECT string_agg(body::text, E'\n' ORDER BY number) FROM line) AS lines,
    next.kind IS NULL AS is_last,
    place.transaction::text AS _next_transaction,
    place.sequence AS _next_sequence,
    reader.mark AS _next_mark,
    next.kind AS _next_kind,
    next.id AS _next_id
FROM reader, place, next;
