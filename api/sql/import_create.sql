-- Reads a feed and says what it would change; of the directory nothing changes yet.
-- body: NewImport
-- lane: bulk
SELECT
    made.problem                                                  AS _problem,
    made.pointer                                                  AS _pointer,
    CASE WHEN made.id IS NOT NULL THEN import_document(made.id) END AS _members,
    '/v1/imports/' || made.id                                     AS _location
FROM import_create(:'body'::jsonb, :'is_admin'::boolean, :'organisations'::uuid[], :'now'::timestamptz,
                   :'writer'::jsonb) AS made;
