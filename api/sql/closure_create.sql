-- Closes a venue, or a region for the groups of an organisation, on some days. Who says not for whose groups, closes
-- for those of the own organisation, and the operator for all.
-- body: NewClosure
-- lane: bulk
WITH wanted AS (
    SELECT c
    FROM closure_of(:'body'::jsonb
                    || jsonb_build_object('id', uuid_v7(:'now'::timestamptz), 'revision', 1, 'created_at', :'now',
                                          'updated_at', :'now', 'writer', :'writer'::jsonb),
                    CASE WHEN NOT :'is_admin'::boolean THEN (:'organisations'::uuid[])[1] END) AS c
), verdict AS (
    SELECT v.problem, v.pointer, v.detail, wanted.c
    FROM wanted, closure_verdict(wanted.c, :'is_admin'::boolean, :'organisations'::uuid[]) AS v
), written AS (
    INSERT INTO closures AS t
    SELECT (verdict.c).*
    FROM verdict
    WHERE problem IS NULL
    RETURNING t AS c
)
SELECT
    problem                             AS _problem,
    pointer                             AS _pointer,
    detail                              AS _detail,
    closure_document(written.c, true)   AS _members,
    (written.c).revision                AS _revision,
    '/v1/closures/' || (written.c).id   AS _location
FROM verdict
LEFT JOIN written ON true;
