-- Changes a closure to what its patched document says, if it is still at the revision that was patched.
-- body: the whole NewClosure
-- lane: bulk
WITH wanted AS (
    SELECT c
    FROM closure_of(:'body'::jsonb, CASE WHEN NOT :'is_admin'::boolean THEN (:'organisations'::uuid[])[1] END) AS c
), verdict AS (
    SELECT v.problem, v.pointer, v.detail, wanted.c
    FROM wanted, closure_verdict(wanted.c, :'is_admin'::boolean, :'organisations'::uuid[]) AS v
), written AS (
    UPDATE closures AS t
    SET (organisation_id, venue_id, region, first, last, note, reason, updated_at, writer)
      = ((verdict.c).organisation_id, (verdict.c).venue_id, (verdict.c).region, (verdict.c).first, (verdict.c).last,
         (verdict.c).note, (verdict.c).reason, :'now'::timestamptz, :'writer'::jsonb)
    FROM verdict
    WHERE problem IS NULL
      AND t.id = :'closure_id'::uuid
      AND t.deleted_at IS NULL
      AND t.revision = ANY (:'if_match'::bigint[])
    RETURNING t AS c
)
SELECT
    CASE WHEN problem IS NOT NULL THEN problem
         WHEN written.c IS NULL   THEN 'precondition-failed' END AS _problem,
    pointer                           AS _pointer,
    detail                            AS _detail,
    closure_document(written.c, true) AS _members,
    (written.c).revision              AS _revision
FROM verdict
LEFT JOIN written ON true;
