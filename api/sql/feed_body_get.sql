-- What was last made of a feed: as text, or packed as body, or sealed as body with what opens it. No row: it has changed meanwhile.
-- feed, feed_format: which; etag: of what was found; is_packed: in gzip
-- lane: read
SELECT CASE WHEN b.person_id IS NOT NULL THEN b.body
            WHEN :'is_packed'::boolean   THEN b.packed END AS body,
       CASE WHEN b.person_id IS NULL AND NOT :'is_packed'::boolean THEN convert_from(b.body, 'UTF8') END AS text,
       b.person_id AS _person, b.wrapping_key AS _wrapping_id, b.wrapping AS _wrapping, b.wrapped AS _wrapped
FROM feed_body_find(:'feed'::uuid, :'feed_format', :'etag') AS b;
