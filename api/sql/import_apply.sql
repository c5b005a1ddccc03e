-- Does what an import found, or says why it cannot.
-- body: ImportOptions
-- lane: bulk
WITH wanted AS MATERIALIZED (
    SELECT i.id
    FROM imports i
    JOIN sources s ON s.id = i.source_id
    WHERE i.id = :'import_id'::uuid AND keeps(s.organisation_id, :'is_admin'::boolean, :'organisations'::uuid[])
)
SELECT
    done.problem                                                   AS _problem,
    CASE WHEN done.problem IS NULL THEN import_document(wanted.id) END AS _members
FROM wanted, import_apply(wanted.id, :'body'::jsonb, :'now'::timestamptz, :'writer'::jsonb) AS done (problem);
