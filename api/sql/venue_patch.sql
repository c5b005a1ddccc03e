-- Changes a venue to what its patched document says, if it is still at the revision that was patched.
-- body: the whole NewVenue
-- lane: bulk
WITH wanted AS (
    SELECT v
    FROM venue_of(jsonb_build_object('organisation_id', (:'organisations'::uuid[])[1], 'disclosure', 'area')
                  || :'body'::jsonb) AS v
), verdict AS (
    SELECT
        CASE WHEN (v).organisation_id IS NULL THEN 'invalid-body'
             WHEN NOT keeps((v).organisation_id, :'is_admin'::boolean, :'organisations'::uuid[]) THEN 'forbidden'
        END AS problem,
        v
    FROM wanted
), written AS (
    UPDATE venues AS t
    SET (organisation_id, name, setting, country, region, postcode, town, street, point, accessibility, directions,
         disclosure, updated_at, writer)
      = ((verdict.v).organisation_id, (verdict.v).name, (verdict.v).setting, (verdict.v).country, (verdict.v).region,
         (verdict.v).postcode, (verdict.v).town, (verdict.v).street, (verdict.v).point, (verdict.v).accessibility,
         (verdict.v).directions, (verdict.v).disclosure, :'now'::timestamptz, :'writer'::jsonb)
    FROM verdict
    WHERE problem IS NULL
      AND t.id = :'venue_id'::uuid
      AND t.deleted_at IS NULL
      AND t.revision = ANY (:'if_match'::bigint[])
    RETURNING t AS v
)
SELECT
    CASE WHEN problem IS NOT NULL  THEN problem
         WHEN written.v IS NULL    THEN 'precondition-failed' END AS _problem,
    CASE problem WHEN 'invalid-body' THEN '/organisation_id' END  AS _pointer,
    venue_document(written.v, true)                               AS _members,
    (written.v).revision                                          AS _revision
FROM verdict
LEFT JOIN written ON true;
