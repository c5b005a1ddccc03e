-- Ends a person's feed: from now on its address leads nowhere.
-- lane: write
-- personal: yes
WITH feed AS (
    SELECT f.id, f.person_id, f.revision = ANY (coalesce(:'if_match'::bigint[], ARRAY[f.revision])) AS is_as_known
    FROM feeds f
    WHERE f.person_id = :'registration_id'::uuid AND f.person_id = :'person'::uuid
    FOR UPDATE
), revoked AS (
    DELETE FROM capabilities c USING feed WHERE c.person_id = feed.person_id AND c.kind = 'feed' AND feed.is_as_known
), gone AS (
    DELETE FROM feeds f USING feed WHERE f.id = feed.id AND feed.is_as_known
)
SELECT CASE WHEN NOT is_as_known THEN 'precondition-failed' END AS _problem
FROM feed;
