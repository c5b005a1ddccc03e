-- Reads a feed and says what it would change; of the directory nothing changes yet.
-- feed: its text; topics: slugs with commas between them; settings that are null stay as they were
-- lane: write
WITH settings AS (
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'organisation_id', :'organisation'::uuid,
        'source', :'source'::text,
        'format', :'format'::text,
        'settings', jsonb_build_object(
            'time_zone', :'time_zone'::text,
            'country', :'country'::text,
            'language', :'language'::text,
            'duration', duration_text(:'duration'::interval),
            'audience', to_jsonb(string_to_array(:'audience'::text, ',')),
            'topic_ids', (SELECT jsonb_agg(coalesce(t.id, '00000000-0000-0000-0000-000000000000') ORDER BY place)
                          FROM unnest(string_to_array(:'topics'::text, ',')) WITH ORDINALITY AS w (slug, place)
                          LEFT JOIN topics t ON t.slug = w.slug AND t.deleted_at IS NULL)))) AS body
)
SELECT made.problem, made.pointer, made.id
FROM settings,
     import_create(body || jsonb_build_object('feed', :'feed'::jsonb), true, NULL, :'now'::timestamptz,
                   '{"command": "import"}') AS made;
