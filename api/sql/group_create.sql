-- Puts a group into the directory.
-- body: NewGroup
-- lane: write
WITH wanted AS (
    SELECT g
    FROM group_of(jsonb_build_object('organisation_id', (:'organisations'::uuid[])[1])
                  || :'body'::jsonb
                  || jsonb_build_object(
                         'id', uuid_v7(:'now'::timestamptz), 'revision', 1, 'verified_at', :'now',
                         'created_at', :'now', 'updated_at', :'now', 'writer', :'writer'::jsonb)) AS g
), verdict AS (
    SELECT v.problem, v.pointer, wanted.g
    FROM wanted, group_verdict(wanted.g, :'is_admin'::boolean, :'organisations'::uuid[]) AS v
), written AS (
    INSERT INTO groups AS t
    SELECT (verdict.g).*
    FROM verdict
    WHERE problem IS NULL
    RETURNING t AS g
)
SELECT
    verdict.problem                       AS _problem,
    verdict.pointer                       AS _pointer,
    group_document(written.g, :'language') AS _members,
    (written.g).partner_note,
    false AS stale,
    n.next_meeting_at,
    (written.g).revision                  AS _revision,
    '/v1/groups/' || (written.g).id       AS _location
FROM verdict
LEFT JOIN written ON true
LEFT JOIN LATERAL next_meeting((written.g).id, :'now'::timestamptz) AS n ON true;
