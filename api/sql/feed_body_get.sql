-- What was last made of a feed: as text, or packed as body, or sealed as body with what opens it. No row: it has changed meanwhile.
-- feed, feed_format: which; etag: of what was found; is_packed: in gzip
-- lane: read
SELECT CASE WHEN f.person_id IS NOT NULL   THEN b.body
            WHEN :'is_packed'::boolean     THEN b.packed END AS body,
       CASE WHEN f.person_id IS NULL AND NOT :'is_packed'::boolean THEN convert_from(b.body, 'UTF8') END AS text,
       p.id AS _person, p.wrapping_key AS _wrapping_id, k.wrapped AS _wrapping, p.wrapped AS _wrapped
FROM feed_bodies b
JOIN feeds f ON f.id = b.feed_id
LEFT JOIN persons p ON p.id = f.person_id
LEFT JOIN wrapping_keys k ON k.id = p.wrapping_key
WHERE b.feed_id = :'feed'::uuid AND b.format = :'feed_format' AND b.etag = :'etag';
