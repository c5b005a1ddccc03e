-- A feed that nobody has asked for before.
-- key, feed_group, feed_language: as found; alarm: as asked for; filter, words, near: of a search, else null
-- lane: write
INSERT INTO feeds (id, key, group_id, search, language, alarm, created_at, updated_at, used_on)
VALUES (gen_random_uuid(), :'key', :'feed_group'::uuid,
        CASE WHEN :'filter'::jsonb IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
            'filter', :'filter'::jsonb - 'lang' - 'alarm', 'words', :'words'::text, 'near', :'near'::text)) END,
        :'feed_language', :'alarm', :'now'::timestamptz, :'now'::timestamptz,
        day_of(:'now'::timestamptz))
ON CONFLICT (key) DO UPDATE
SET used_on = EXCLUDED.used_on
RETURNING id AS feed_id;
