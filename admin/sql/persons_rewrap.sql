-- Puts data keys under the newest wrapping key.
-- moved: a JSON array of id and wrapped
-- lane: write
UPDATE persons p
SET wrapped = moved.wrapped, wrapping_key = newest.id
FROM jsonb_to_recordset(:'moved'::jsonb) AS moved (id uuid, wrapped bytea),
     wrapping_keys newest
WHERE p.id = moved.id AND newest.retired_at IS NULL;
