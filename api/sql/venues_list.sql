-- A page of the venues that are public, and of those that the caller keeps. Names that not everybody may know neither
-- sort a list nor stand in a cursor: such venues come last, in the order in which they were added.
-- after: [is hidden, name or nothing, id] of the row before the page
-- lane: search
SELECT
    venue_document(v, keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])) AS _members,
    v.disclosure <> 'public'                                AS _next_is_hidden,
    CASE v.disclosure WHEN 'public' THEN v.name ELSE '' END AS _next_name,
    v.id                                                    AS _next_id
FROM venues v
WHERE v.deleted_at IS NULL
  AND (v.disclosure = 'public' OR keeps(v.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]))
  AND (:'organisation'::uuid IS NULL OR v.organisation_id = :'organisation'::uuid)
  AND (:'setting'::text[] IS NULL OR v.setting = ANY (:'setting'::text[]))
  AND (:'accessibility'::text[] IS NULL OR v.accessibility @> :'accessibility'::text[])
  AND (:'after'::jsonb IS NULL
       OR (v.disclosure <> 'public',
           CASE v.disclosure WHEN 'public' THEN v.name ELSE '' END COLLATE "und-x-icu", v.id)
          > ((:'after'::jsonb ->> 0)::boolean, :'after'::jsonb ->> 1, (:'after'::jsonb ->> 2)::uuid))
ORDER BY v.disclosure <> 'public',
         CASE v.disclosure WHEN 'public' THEN v.name ELSE '' END COLLATE "und-x-icu", v.id
LIMIT :'limit'::integer + 1;
